"""The bodies: stock ones and files of the SMPL family, and a motion fitted to other bones."""

from __future__ import annotations

import importlib
import io
import os
import pickle
import sys
import types
import zipfile
from collections import OrderedDict
from dataclasses import replace
from importlib.resources import files
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from body_support import smpl_arrays, write_npz

from choreo.datasets.unpickle import dense, load_arrays
from choreo.errors import InputError, MissingExtraError, MotionError
from choreo.motion.contacts import foot_points
from choreo.motion.kinematics import forward, rest_positions, skin_matrices
from choreo.motion.skeleton import CANONICAL, NAMES, PARENTS
from choreo.testing import check_bodies, sample_motion
from choreo.types import Body, Motion, Skeleton
from choreo.video.bodies import fit_motion, load_body
from choreo_bodies import BuiltinBody
from choreo_bodies.builtin import BOTTOMS, LOOKS, TOPS
from choreo_smplx import SmplxBody


@pytest.fixture(scope="module")
def stick() -> Body:
    return load_body("stick")


@pytest.fixture(scope="module")
def arrays(stick: Body) -> dict[str, Any]:
    return smpl_arrays(stick)


def test_looks_differ_in_colour_only() -> None:
    street, stage = load_body(look="street"), load_body(look="stage")
    assert np.array_equal(street.vertices, stage.vertices)
    assert not np.array_equal(street.colours, stage.colours)


@pytest.mark.parametrize(("name", "words"), [("builtin", "Did you mean 'stage'"), ("stick", "no options")])
def test_unknown_looks(name: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        load_body(name, look="stagee")


def test_parts_take_colours_of_their_own() -> None:
    plain, red = load_body(), load_body(shirt="#ff0000", hair=(1, 2, 3))
    changed = red.colours[(plain.colours != red.colours).any(axis=1)].astype(int)
    assert {(255, 0, 0), (1, 2, 3)} <= {tuple(colour) for colour in changed.tolist()}
    shirt = changed[:, 0] > 3  # folds and insides are darker, of the same hue
    assert np.all(changed[shirt][:, 1:] == 0)
    assert np.all(changed[~shirt] <= (1, 2, 3))
    with pytest.raises(InputError, match=r"'shirtt'.*Did you mean 'shirt'"):
        load_body(shirtt="#ff0000")
    with pytest.raises(InputError, match="shirt='reddish': want a colour"):
        load_body(shirt="reddish")


def test_builds_keep_bones_hands_and_feet() -> None:
    slim, plain, broad = (load_body(build=build) for build in ("slim", "average", "broad"))
    height, waist = plain.vertices[:, 1], []
    for body in (slim, plain, broad):
        np.testing.assert_array_equal(body.skeleton.offsets, plain.skeleton.offsets)
        belly = body.vertices[(height > 1.0) & (height < 1.1) & (np.abs(plain.vertices[:, 0]) < 0.2)]
        waist.append(float(np.ptp(belly[:, 0])))
        np.testing.assert_allclose(body.vertices[height < 0.02], plain.vertices[height < 0.02], atol=1e-6)
        head = height > height.max() - 0.15
        np.testing.assert_allclose(body.vertices[head], plain.vertices[head], atol=1e-6)
    assert waist[0] < 0.96 * waist[1]
    assert waist[2] > 1.04 * waist[1]
    with pytest.raises(InputError, match="no build 'wide'"):
        load_body(build="wide")


@pytest.mark.parametrize("build", ["athletic", "curvy"])
def test_moulded_builds_stand_on_the_same_bones(build: str) -> None:
    plain, other = load_body(), load_body(build=build)
    np.testing.assert_array_equal(other.skeleton.offsets[:44], plain.skeleton.offsets[:44])
    np.testing.assert_array_equal(other.faces, plain.faces)
    moved = np.linalg.norm(other.vertices - plain.vertices, axis=1)
    assert 0.01 < moved.max() < 0.08
    assert moved[plain.vertices[:, 1] < 0.02].max() < 1e-6  # soles
    chest = (np.abs(plain.vertices[:, 1] - 1.3) < 0.03) & (np.abs(plain.vertices[:, 0]) < 0.25)
    hips = (np.abs(plain.vertices[:, 1] - 0.95) < 0.03) & (np.abs(plain.vertices[:, 0]) < 0.25)
    ratio = [np.ptp(body.vertices[hips, 0]) / np.ptp(body.vertices[chest, 0]) for body in (plain, other)]
    assert (ratio[1] > 1.01 * ratio[0]) == (build == "curvy")


def _edges(faces: np.ndarray) -> np.ndarray:
    """Edges that one face alone has, ``(E, 2)``."""
    edges = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    both = {(int(a), int(b)) for a, b in edges}
    return np.array([(a, b) for a, b in both if (b, a) not in both])


@pytest.mark.parametrize("look", LOOKS)
def test_looks_are_whole(look: str) -> None:
    """Cloth ends inside itself: no edge of it lies where it is seen, and skin goes on under it."""
    body = check_bodies(BuiltinBody(), look=look, shirt="#00ff00")
    assert len(body.vertices) < 20_000
    edges = _edges(body.faces)
    red, green, blue = body.colours[edges[:, 0]].astype(int).T
    cloth = (red == 0) & (blue == 0) & (green > 230)
    creases = body.vertices[edges[cloth].ravel()]
    # Each bright edge is a crease: the same line is the edge of the hem that is turned in.
    at, count = np.unique(np.round(creases, 5), axis=0, return_counts=True)
    assert len(at)
    assert (count >= 4).all()


def test_clothes_hide_skin_and_differ() -> None:
    shapes = {(top, bottom): load_body(top=top, bottom=bottom) for top in TOPS for bottom in BOTTOMS}
    assert len({len(body.vertices) for body in shapes.values()}) == len(shapes)
    skin = {pair: int((body.colours == LOOKS["street"].colours[0]).all(axis=1).sum()) for pair, body in shapes.items()}
    assert skin["long", "trousers"] < skin["tee", "trousers"] < skin["tank", "trousers"] < skin["tank", "shorts"]
    with pytest.raises(InputError, match=r"no haircut 'bunn'.*bun"):
        load_body(haircut="bunn")


def test_the_file_is_small() -> None:
    assert files("choreo_bodies").joinpath("builtin.npz").stat().st_size < 500_000  # type: ignore[attr-defined]


def test_the_dancer_is_the_canonical_skeleton() -> None:
    assert load_body(fingers=False).skeleton is CANONICAL
    assert load_body(fingers=False).joint_indices.max() < 24
    body = load_body()
    assert body.skeleton.names[:24] == CANONICAL.names
    np.testing.assert_array_equal(body.skeleton.offsets[:24], CANONICAL.offsets)
    half = body.vertices[:, 0]
    assert abs(half.max() + half.min()) < 0.01  # as wide to the left as to the right


@pytest.mark.parametrize("family", ["SMPL", "SMPL-H", "SMPL-X"])
def test_every_family_gives_the_body_it_was_made_from(family: str, stick: Body, tmp_path: Path) -> None:
    pytest.importorskip("smplx")
    path = write_npz(tmp_path / "MODEL.npz", smpl_arrays(stick, family))
    body = check_bodies(SmplxBody(), model_path=path)
    assert body.name == f"{family} (MODEL)"
    rest, want = rest_positions(body.skeleton), rest_positions(CANONICAL)
    hands = [NAMES.index("left_hand"), NAMES.index("right_hand")]
    others = [j for j in range(24) if j not in hands]
    assert np.abs(rest - want)[others].max() < 2e-3
    assert np.abs(rest - want)[hands].max() < 0.03
    assert np.abs(body.vertices - stick.vertices).max() < 2e-3
    skin = np.zeros((len(body.vertices), 24), np.float32)
    np.add.at(skin, (np.arange(len(skin))[:, None], body.joint_indices), body.weights)
    own = np.zeros_like(skin)
    np.add.at(own, (np.arange(len(skin))[:, None], stick.joint_indices), stick.weights)
    np.testing.assert_allclose(skin, own, atol=1e-5)


def test_the_smplx_package_skins_alike(smpl_model: dict[str, Any]) -> None:
    torch = pytest.importorskip("torch")
    from smplx.lbs import lbs

    path = smpl_model["model_path"]
    body = load_body("smplx", model_path=path, betas="1.5,-1")
    with np.load(path) as data:
        raw = {key: torch.from_numpy(data[key].astype(np.float64)) for key in data.files}
    pose = np.random.default_rng(3).normal(0, 0.3, (1, 24, 3))
    parents = torch.from_numpy(PARENTS)
    betas = torch.tensor([[1.5, -1.0] + [0.0] * 8], dtype=torch.float64)
    flat = raw["posedirs"].reshape(-1, raw["posedirs"].shape[-1]).T
    theirs, joints = lbs(
        betas, torch.from_numpy(pose.reshape(1, -1)), raw["v_template"], raw["shapedirs"], flat,
        raw["J_regressor"], parents, raw["weights"],
    )  # fmt: skip
    from choreo.motion.rotations import from_axis_angle

    rotations = from_axis_angle(pose).astype(np.float32)
    positions, world = forward(body.skeleton, body.skeleton.offsets[:1], rotations)
    matrices = skin_matrices(rest_positions(body.skeleton), positions, world)[0]
    points = np.concatenate([body.vertices, np.ones((len(body.vertices), 1), np.float32)], axis=1)
    each = np.einsum("vkij,vj->vki", matrices[body.joint_indices][..., :3, :], points)
    ours = np.einsum("vk,vki->vi", body.weights, each)
    shift = positions[0, 0] - joints[0, 0].numpy()
    assert np.abs(ours - (theirs[0].numpy() + shift)).max() < 1e-3


def test_betas_change_the_body(smpl_model: dict[str, Any]) -> None:
    plain, tall = load_body("smplx", **smpl_model), load_body("smplx", betas=[5.0], **smpl_model)
    assert tall.vertices[:, 1].max() > 1.1 * plain.vertices[:, 1].max()


@pytest.mark.parametrize("betas", ["a,b", [99.0], [0.0] * 50, [float("nan")]])
def test_betas_that_are_none(betas: Any, smpl_model: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="betas"):
        load_body("smplx", betas=betas, **smpl_model)


def test_without_a_file_it_says_which_option() -> None:
    with pytest.raises(InputError, match="--model-path"):
        load_body("smplx")


def test_without_the_extra_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, arrays: dict[str, Any], tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "smplx.lbs", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'choreo-dance\[smplx\]'"):
        load_body("smplx", model_path=write_npz(tmp_path / "m.npz", arrays))


def _as_published(arrays: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> bytes:
    """A pickle like the published ones: protocol 2, scipy.sparse and chumpy objects in it."""
    from scipy.sparse import csc_matrix

    chumpy, module = types.ModuleType("chumpy"), types.ModuleType("chumpy.ch")

    class Ch:
        pass

    Ch.__module__, Ch.__qualname__ = "chumpy.ch", "Ch"
    vars(module)["Ch"] = Ch
    monkeypatch.setitem(sys.modules, "chumpy", chumpy)
    monkeypatch.setitem(sys.modules, "chumpy.ch", module)
    shapes = Ch()
    shapes.__dict__ = {"x": arrays["shapedirs"], "_dirty_vars": set(), "_cache": OrderedDict()}
    model = {**arrays, "J_regressor": csc_matrix(arrays["J_regressor"]), "shapedirs": shapes, "bs_type": "lrotmin"}
    model["scale"] = np.float64(1.0)
    content = pickle.dumps(model, protocol=2)
    monkeypatch.undo()
    return content


def test_published_pickles_load_without_chumpy(
    arrays: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("smplx")
    path = tmp_path / "basicModel_f.pkl"
    path.write_bytes(_as_published(arrays, monkeypatch))
    assert "chumpy" not in sys.modules
    body = check_bodies(SmplxBody(), model_path=path)
    other = load_body("smplx", model_path=write_npz(tmp_path / "same.npz", arrays))
    assert np.array_equal(body.vertices, other.vertices)
    assert np.array_equal(body.skeleton.offsets, other.skeleton.offsets)


class Attack:
    def __init__(self, call: Any, *args: Any) -> None:
        self.call, self.args = call, args

    def __reduce__(self) -> Any:
        return self.call, self.args


@pytest.mark.parametrize(
    ("call", "args"),
    [
        (os.system, ("touch pwned",)),
        (eval, ("open('pwned', 'w')",)),
        (importlib.import_module, ("antigravity",)),
        (getattr, ("", "join")),
        (np.load, ("pwned",)),
        (np.ndarray, ((10**13,),)),
        (bytearray, (10**13,)),
        (io.open, ("pwned", "w")),
    ],
)
def test_a_pickle_that_wants_to_run_code_does_not(
    call: Any, args: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "evil.pkl"
    path.write_bytes(pickle.dumps({"v_template": Attack(call, *args)}, protocol=2))
    with pytest.raises(MotionError, match=r"evil\.pkl"):
        load_body("smplx", model_path=path)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["evil.pkl"]


def test_dotted_names_lead_nowhere(tmp_path: Path) -> None:
    path = tmp_path / "evil.pkl"
    path.write_bytes(b"\x80\x04\x8c\x05numpy\x8c\x0fdtype.__class__\x93.")
    with pytest.raises(MotionError, match=r"dtype\.__class__"):
        load_arrays(path)


def test_every_cut_of_a_pickle_is_our_error(
    arrays: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = _as_published({key: value[:3] for key, value in arrays.items()}, monkeypatch)
    path = tmp_path / "cut.pkl"
    for end in range(0, len(content), max(1, len(content) // 120)):
        path.write_bytes(content[:end])
        with pytest.raises(MotionError):
            load_body("smplx", model_path=path)


def test_large_files_are_not_read(tmp_path: Path) -> None:
    path = tmp_path / "large.pkl"
    path.write_bytes(b"0" * 2000)
    with pytest.raises(MotionError, match="at most"):
        load_arrays(path, largest=1000)


def test_a_sparse_matrix_that_lies() -> None:
    from scipy.sparse import csr_matrix

    from choreo.datasets.unpickle import Inert

    matrix = csr_matrix(np.eye(3, 5))
    good = Inert({"data": matrix.data, "indices": matrix.indices, "indptr": matrix.indptr, "_shape": (3, 5)})
    assert np.array_equal(dense(good), np.eye(3, 5))
    for change in ({"_shape": (10**6, 10**6)}, {"indices": matrix.indices + 9}, {"indptr": matrix.indptr[::-1]}):
        bad = Inert({**good.state, **change})
        with pytest.raises(ValueError, match="sparse"):
            dense(bad)


def _without(key: str) -> Any:
    return lambda arrays: {k: v for k, v in arrays.items() if k != key}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (_without("J_regressor"), "lacks J_regressor"),
        (lambda a: {**a, "weights": a["weights"][:, :20]}, "20 joints"),
        (lambda a: {**a, "f": a["f"] + 10**6}, "does not index"),
        (lambda a: {**a, "kintree_table": a["kintree_table"] * 0 + 30}, "no tree"),
        (lambda a: {**a, "v_template": a["v_template"] * np.nan}, "NaN"),
        (lambda a: {**a, "shapedirs": a["shapedirs"][:5]}, "shapedirs has shape"),
        (lambda a: {**a, "J_regressor": a["J_regressor"].T}, "J_regressor has shape"),
    ],
)
def test_files_that_are_no_models(change: Any, words: str, arrays: dict[str, Any], tmp_path: Path) -> None:
    path = write_npz(tmp_path / "odd.npz", change({k: v for k, v in arrays.items() if k != "posedirs"}))
    with pytest.raises(MotionError, match=words) as caught:
        load_body("smplx", model_path=path)
    assert "odd.npz" in caught.value.message


def test_npz_with_objects_in_it_is_refused(arrays: dict[str, Any], tmp_path: Path) -> None:
    path = write_npz(tmp_path / "objects.npz", {**arrays, "v_template": np.array([{}], object)})
    with pytest.raises(MotionError, match=r"objects\.npz"):
        load_body("smplx", model_path=path)


def test_npz_that_promises_more_than_it_holds_is_refused(tmp_path: Path) -> None:
    path, head = tmp_path / "bomb.npz", BytesIO()
    np.lib.format.write_array_header_1_0(head, {"descr": "<f8", "fortran_order": False, "shape": (2**40, 3)})
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("v_template.npy", head.getvalue() + bytes(2_000_000))
    with pytest.raises(MotionError, match="more than 1024 MiB"):
        load_body("smplx", model_path=path)


@pytest.mark.parametrize("name", ["missing.npz", "folder.npz", "text.npz", "text.pkl", "model.obj"])
def test_paths_that_are_no_models(name: str, tmp_path: Path) -> None:
    (tmp_path / "folder.npz").mkdir()
    for text in ("text.npz", "text.pkl", "model.obj"):
        (tmp_path / text).write_text("hello")
    with pytest.raises(MotionError, match=name):
        load_body("smplx", model_path=tmp_path / name)


def _scaled(body: Body, scale: float, legs: float = 1.0) -> Body:
    offsets = body.skeleton.offsets * np.float32(scale)
    for name in ("left_knee", "right_knee", "left_ankle", "right_ankle"):
        offsets[NAMES.index(name)] *= legs
    skeleton = Skeleton(NAMES, PARENTS, offsets)
    lowest = rest_positions(skeleton)[:, 1].min() - scale * rest_positions(CANONICAL)[:, 1].min()
    offsets[0, 1] -= lowest
    return replace(body, skeleton=Skeleton(NAMES, PARENTS, offsets), vertices=body.vertices * np.float32(scale))


def test_the_own_body_changes_nothing(stick: Body) -> None:
    motion = sample_motion()
    assert fit_motion(motion, stick) is motion


@pytest.mark.parametrize(("scale", "legs"), [(0.6, 1.0), (1.4, 1.0), (1.0, 0.85), (1.0, 1.15)])
def test_feet_stand_on_other_bones(scale: float, legs: float, stick: Body) -> None:
    body = _scaled(stick, scale, legs)
    motion = sample_motion()
    fitted = fit_motion(motion, body)
    assert fitted.skeleton is body.skeleton
    positions, _ = forward(body.skeleton, fitted.translation, fitted.rotations)
    rest = rest_positions(body.skeleton)
    for side in ("left", "right"):
        ankle = NAMES.index(f"{side}_ankle")
        assert np.abs(positions[:, ankle, 1] - rest[ankle, 1]).max() < 0.01
    source = foot_points(*forward(CANONICAL, motion.translation, motion.rotations))
    assert source.shape[1] == 4


def test_motion_of_another_skeleton_is_refused(stick: Body) -> None:
    skeleton = Skeleton(("root",), np.array([-1]), np.zeros((1, 3), np.float32))
    motion = Motion(skeleton, 30.0, np.zeros((1, 3), np.float32), np.array([[[1, 0, 0, 0]]], np.float32))
    with pytest.raises(MotionError, match="canonical"):
        fit_motion(motion, stick)
