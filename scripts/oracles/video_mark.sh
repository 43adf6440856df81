#!/bin/sh
# Photographs of Debian's wallpaper packages and any frames that you rendered (1280x720 or more), to the table of what the
# picture's mark survives, and to the VMAF that it costs.
#
#     scripts/oracles/video_mark.sh WORK [RENDERED_FRAME.png ...]
#
# Needs apt, dpkg, ffmpeg and python3 (the wheel imageio-ffmpeg has an ffmpeg with libvmaf). About 30 minutes of one core
# for 330 clips, another ten for 3 million wrong keys.
set -eu
work=$1
shift
mkdir -p "$work/packages" "$work/shots"

(
    cd "$work/packages"
    for package in lomiri-wallpapers-16.04 lomiri-wallpapers-20.04 mate-backgrounds plasma-workspace-wallpapers; do
        ls "$package"_*.deb >/dev/null 2>&1 || apt-get download "$package"
    done
    for package in *.deb; do dpkg -x "$package" files; done
)
# Photographs are JPEGs; what lies there as PNG is drawn.
number=0
find "$work/packages/files" -type f -name '*.jpg' -size +150k ! -name '*1080x1920*' ! -name '*720x1440*' \
    ! -name 'Elephants*' | sort | while read -r photo; do
    number=$((number + 1))
    ln -sf "$(realpath "$photo")" "$work/shots/photo$number.jpg"
done
number=0
for frame in "$@"; do
    number=$((number + 1))
    ln -sf "$(realpath "$frame")" "$work/shots/render$number.png"
done

cargo run -p maquette-provenance --example video_mark -- "$work/shots" 330 3000000 "$work/pairs" | tee "$work/table.md"

[ -d "$work/venv" ] || { python3 -m venv "$work/venv" && "$work/venv/bin/pip" -q install imageio-ffmpeg; }
vmaf=$("$work/venv/bin/python" -c 'import imageio_ffmpeg; print(imageio_ffmpeg.get_ffmpeg_exe())')
score() {
    "$vmaf" -hide_banner -i "$1" -i "$2" -lavfi libvmaf=n_threads=2:n_subsample=6 -f null - 2>&1 |
        sed -n 's/.*VMAF score: //p'
}
echo "| clip | VMAF unmarked | VMAF marked |"
echo "|---|---|---|"
for plain in "$work"/pairs/*.plain.mkv; do
    marked=${plain%.plain.mkv}.marked.mkv
    echo "| $(basename "$plain" .plain.mkv) | $(score "$plain" "$plain") | $(score "$marked" "$plain") |"
done
