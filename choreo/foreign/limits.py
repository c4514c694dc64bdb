"""How much is read of files that others made: names, units and reasons, each standing here once.

A file is small where it lies and may be large where it is read, so these are checked before anything is expanded.
"""

from __future__ import annotations

MIB = 1 << 20

TEXT_BYTES = 8 * MIB
"""Of a file of text: beats of a day of music, lyrics, lists. Nobody writes more by hand."""
JSON_BYTES = 64 * MIB
"""Of a JSON file that is parsed to objects, which take about ten times its size."""
JSON_DEPTH = 64
"""Brackets within brackets; no format that is read here has more than ten."""
JSON_VALUES = 8_000_000
"""Of a JSON file: they take some 30 bytes each once they are objects. 25 minutes of DeepMimic's motion have so many."""
PLAN_BYTES = 32 * MIB
"""Of a plan: a step takes about 500 bytes, and a dance of four hours has under 20,000."""
YAML_BYTES = 1 * MIB
"""Of a move or a table of joints in YAML; the longest move that ships has 4 KB."""
YAML_DEPTH = 32
"""Values within values of a YAML file; a move has six."""
YAML_NODES = 20_000
"""Values in a YAML file, each counted as often as an alias repeats it; a move has some hundred."""
ARRAYS_BYTES = 1 << 30
"""Of all arrays of a motion or body file when they are unpacked: SMPL-X models have 550 MB, a day of AMASS less."""
ARRAYS_MEMBERS = 1000
"""Arrays in an npz file; a body model has about twenty."""
CACHED_BYTES = 128 * MIB
"""Of all arrays of an analysis in the cache; a song of four hours has 15 MB."""
PICTURE_PIXELS = 64_000_000
"""Of a picture: more than twice 8K. It takes four bytes a pixel, twice while it is scaled."""
PICTURE_BYTES = 256 * MIB
"""Of a picture's file."""
SOUND_HOURS = 4.0
"""Most sound that is decoded unless more is asked for: longer than any concert or mix that is danced through."""
SOUND_RATES = (4_000, 768_000)
"""Lowest and highest sample rate in Hz: telephones have 8,000, converters of studios at most 768,000."""
SOUND_CHANNELS = 64
"""Of a sound file; 22.2 surround has 24."""
SOUND_IN_MEMORY = 20 * 60.0
"""Seconds of sound that are kept decoded; what is longer is decoded again whenever it is read."""
VIDEO_MINUTES = 30.0
"""Longest video that is searched for dancers: at 20 frames a second half an hour takes 45 minutes; 0.1 GB a person."""
TASK_BYTES = 256 * MIB
"""Of a file of landmark nets, packed or not; MediaPipe's heaviest has 30 MB."""
LONGEST_HOURS = 12.0
"""Most sound that can be allowed, and latest time in a plan: 2.6 million poses at 60 frames a second, 1 GB."""
BEAT_SECONDS = 60.0
"""Longest beat of a plan."""
COUNTS = 1000
"""Of a step of a plan; clips have at most some dozen."""
GLTF_BYTES = 512 * MIB
"""Of a GLB file, and of the buffer in it."""
GLTF_TEXT_BYTES = 128 * MIB
"""Of a glTF file as text, its buffer in base64 included."""
GLTF_VALUES = 1_000_000
"""Values in the JSON of a glTF file, of which objects of a kilobyte are made."""
GLTF_ITEMS = 20_000
"""Of nodes, accessors, views and other things of one kind in a glTF file; characters have some hundred."""
FBX_BYTES = 512 * MIB
"""Of an FBX file; characters with their textures have up to 200 MB."""
FBX_ARRAYS = 2 << 30
"""Bytes of all arrays of an FBX file once they are unpacked."""
FBX_RECORDS = 4_000_000
"""Of an FBX file: one of 300 bones that moves in ten ways has some 100,000."""
FBX_DEPTH = 64
"""Records within records of an FBX file; those that programs write have seven levels."""
FBX_MEMORY = 6 << 30
"""Bytes of the process that reads an FBX file, its libraries included."""
FBX_SECONDS = 300.0
"""Longest time for reading an FBX file; an hour of motion takes a tenth."""
KEY_VALUES = 40_000_000
"""Numbers of all keys of an animation together: an hour of 60 joints at 60 frames a second."""
POSED_JOINTS = 12_000_000
"""Frames times joints of a motion file: nearly an hour of 60 joints at 60 frames a second, 0.7 GB while it is read."""
BODY_VERTICES = 1_000_000
"""Of a character that is drawn; those of films have a tenth."""
BODY_FACES = 2_000_000
"""Triangles of a character that is drawn."""
TEXTURE_PIXELS = 1 << 26
"""Of one texture of a character: 8192 by 8192, which is reduced when it is read."""
TEXTURES = 64
"""Of a character; those of VRoid have some twenty."""
BVH_BYTES = 256 * MIB
"""Of a BVH file: half an hour of 75 joints at 120 frames a second."""
BVH_HEAD_BYTES = 4 * MIB
"""Of what stands before the frames of a BVH file: a thousand joints have a tenth."""
AMC_BYTES = 256 * MIB
"""Of an AMC file: half an hour of CMU's skeleton at 120 frames a second."""
ASF_BYTES = 1 * MIB
"""Of an ASF file; CMU's have 7 KB."""
MODEL_BYTES = 1 << 30
"""Of a file of weights: ten times the largest model that choreo trains."""
COLLECTION_BYTES = 64 << 30
"""Of all files that are taken out of an archive of motion; the four million frames of 100STYLE have some 3 GB."""
COLLECTION_MEMBERS = 200_000
"""Files in an archive of motion; AIST++ has 1,408."""
STORED_FILES = 500_000
"""Files at an address of object storage that are listed at once: a name takes about a kilobyte while they are."""
RECORDING_BYTES = 1 << 30
"""Of all files of a recording that is fetched, or sent to another machine: twice what any reader takes."""
QUERY_CHARACTERS = 1000
"""Of words that are searched for."""

__all__ = [name for name in dir() if name.isupper()]
