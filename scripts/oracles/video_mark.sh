#!/bin/sh
# Photographs of Debian's wallpaper packages and frames of this repository's scenes, to the table of what the picture's mark
# survives, and to the VMAF that it costs.
#
#     scripts/oracles/video_mark.sh WORK
#
# Needs apt, dpkg, ffmpeg and python3 (the wheel imageio-ffmpeg has an ffmpeg with libvmaf). About half an hour of two cores.
set -eu
work=$1
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
cargo build --workspace --locked --examples
examples="${CARGO_TARGET_DIR:-target}/debug/examples"
# Shots that state their exposure.
for shot in corridor:010 corridor:020 drop:010 tabletop:hero motion:walk lens:pull \
    training_gallery:still training_library:drift training_workshop:still training_night_yard:still; do
    name="${shot%:*}_${shot#*:}"
    "$examples/oracle_frame" "scenes/${shot%:*}.ron" "${shot#*:}" 1012 1920x1080 4 1 "$work/frames/$name" base >/dev/null
    cp "$work/frames/$name/denoised.0.png" "$work/shots/render_$name.png"
done

"$examples/video_mark" "$work/shots" 305 3050000 "$work/pairs" | tee "$work/table.md"

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
