#!/usr/bin/env bash
# Makes the recordings that are decoded in tests: half a second of 1 kHz at an eighth of full scale, mono at 48 kHz, by ffmpeg
# (made with 5.1) as OGG Vorbis, as MP3, and as Opus, which is refused.
set -euo pipefail
cd "$(dirname "$0")"
make() {
  ffmpeg -loglevel error -y -f lavfi -i sine=frequency=1000:sample_rate=48000:duration=0.5 -bitexact -map_metadata -1 "$@"
}
make -c:a libvorbis -q:a 3 tone.ogg
make -c:a libmp3lame -b:a 64k tone.mp3
make -c:a libopus -b:a 24k tone-opus.ogg
