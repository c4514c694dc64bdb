"""What file names of dance collections say."""

from __future__ import annotations

import pytest

from choreo.datasets.codes import AIST_GENRES, MOTORICA_GENRES, genre_code, music_code, styles_of

MOTORICA = {
    "kthstreet_gLH_sFM_cAll_d02_mLH_ch01_lala_001": "hiphop",
    "kthstreet_gKR_sFM_cAll_d01_mKR_ch01_chargedcableupyour_001": "krump",
    "kthstreet_gPO_sFM_cAll_d02_mPO_ch01_bombom_002": "popping",
    "kthstreet_gLO_sFM_cAll_d02_mLO_ch01_arethafranklinrocksteady_002": "locking",
    "kthjazz_gJZ_sFM_cAll_d02_mJZ_ch01_bennygoodmansugarfootstomp_003": "jazz",
    "kthjazz_gCH_sFM_cAll_d02_mCH_ch01_whitemanpaulandhisorchestraloisiana_006": "charleston",
    "kthjazz_gTP_sFM_sngl_d02_015": "tap",
    "kthmisc_gCA_sFM_cAll_d01_mCA_ch24": "casual",
}
"""Names of the dataset's files, one of each style of the table in its README."""


@pytest.mark.parametrize(("stem", "style"), MOTORICA.items())
def test_every_style_of_motorica_is_read_from_its_names(stem: str, style: str) -> None:
    assert styles_of(stem, MOTORICA_GENRES) == (style,)
    assert styles_of(f"{stem}_00", MOTORICA_GENRES) == (style,)


def test_the_tables_are_whole() -> None:
    assert set(MOTORICA_GENRES) == {genre_code(stem) for stem in MOTORICA}
    assert set(AIST_GENRES) == {"BR", "PO", "LO", "MH", "LH", "HO", "WA", "KR", "JS", "JB"}


def test_names_of_other_kinds_say_nothing() -> None:
    for stem in ("song_gLH", "gLH", "gLOcomotion_sFM", "agLO_sBM_cAll", "walk_g_s", ""):
        assert genre_code(stem) == ""
        assert styles_of(stem, AIST_GENRES) == ("any",)
    assert styles_of("gZZ_sBM_cAll_d01", AIST_GENRES) == ("any",)
    assert genre_code("gBR_sBM_cAll_d05_mBR0_ch02_slice0") == "BR"
    assert (music_code("gBR_sBM_cAll_d05_mBR0_ch02"), music_code("mBR0"), music_code("kthstreet_mLH_ch01")) == (
        "mBR0",
        "mBR0",
        "",
    )
