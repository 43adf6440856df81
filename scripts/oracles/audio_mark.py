#!/usr/bin/env python3
"""Makes mixes for the audio mark from free games' music and effects, spoken lines and this program's own sounds, and measures the mark.

    scripts/oracles/audio_mark.py FOLDER PROGRAM [--mixes 300] [--speech 40] [--rendered GLOB] [--keys 20] [--more]

FOLDER keeps what is fetched and made (1.5 GB); PROGRAM is the built example `audio_mark`. Needs ffmpeg, espeak-ng, and apt-get for
what is not in FOLDER yet. Every mix is 14 s of other stretches of other files; the same command makes the same mixes.
"""

import argparse, glob, os, random, subprocess, sys

PACKAGES = """frozen-bubble-data pingus-data extremetuxracer-data lincity-ng-data asc-music colobot-common-sounds hedgewars-data
warzone2100-music singularity-music wesnoth-1.16-music minetest-data""".split()
VOICES = "en-us en-gb en-gb-scotland en-us+f2 en-us+f4 en-us+m3 en-us+m7 de fr es it en-gb+f3".split()
LINES = """The hatch was open when we came back, and the lamp over the bench was still warm.
Nobody moves until I say so. Count to twenty, then walk, and do not look at the windows.
You said the river was low. It is not low. We have perhaps two hours before the bridge goes.
I kept the letter because it was the only thing of his that did not smell of smoke.
Control, this is the relay. We have a pressure loss in the second corridor and no light.
If the train is late again I shall simply live here, between the bookshop and the clock.""".split("\n")
LENGTH = 14.0


def run(*words):
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def fetch(folder):
    for package in PACKAGES:
        target = f"{folder}/material/{package}"
        if os.path.isdir(target):
            continue
        os.makedirs(target)
        try:
            subprocess.run(["apt-get", "download", package], cwd=target, check=True, stdout=subprocess.DEVNULL)
        except (subprocess.CalledProcessError, FileNotFoundError):
            print(f"left out: {package} could not be fetched", file=sys.stderr)
            continue
        archive = glob.glob(f"{target}/*.deb")[0]
        run("dpkg", "-x", archive, target)
        os.remove(archive)


def length_s(path):
    answer = subprocess.run(["ffprobe", "-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0", path],
                            capture_output=True, text=True).stdout.strip()
    return float(answer) if answer.replace(".", "", 1).isdigit() else 0.0


def material(folder):
    """Files by kind: music is 40 s and longer, effects 0.3 to 12 s."""
    cache = f"{folder}/lengths.txt"
    if not os.path.exists(cache):
        found = sorted(p for e in ("ogg", "wav", "mp3") for p in glob.glob(f"{folder}/material/**/*.{e}", recursive=True)
                       if os.path.getsize(p) > 12_000)
        with open(cache, "w") as out:
            out.writelines(f"{length_s(path)} {path}\n" for path in found)
    pairs = [line.rstrip("\n").split(" ", 1) for line in open(cache)]
    music = [(float(s), p) for s, p in pairs if float(s) >= 40]
    effects = [(float(s), p) for s, p in pairs if 0.3 <= float(s) <= 12]
    return music, effects


def spoken(folder, index):
    path = f"{folder}/speech.{index}.wav"
    if not os.path.exists(path):
        text = " ".join(LINES[(index * 5 + k) % len(LINES)] for k in range(4))
        run("espeak-ng", "-v", VOICES[index % len(VOICES)], "-s", str(130 + index * 7 % 50), "-w", path, text)
    return path


def mix(target, parts):
    """Sums (path, from, at, level in dB, looped), or a lavfi source in place of a path, and masters to -1 dB."""
    inputs, chains = [], []
    for n, (path, start, at, level, looped) in enumerate(parts):
        if path.startswith("lavfi:"):
            inputs += ["-f", "lavfi", "-i", path[6:]]
        else:
            inputs += (["-stream_loop", "-1"] if looped else []) + ["-ss", f"{start:.3f}", "-i", path]
        chains.append(f"[{n}:a]aformat=sample_rates=48000:channel_layouts=stereo,volume={level:.1f}dB,"
                      f"adelay={int(at * 1000)}:all=1[p{n}]")
    labels = "".join(f"[p{n}]" for n in range(len(parts)))
    graph = ";".join(chains) + f";{labels}amix=inputs={len(parts)}:normalize=0:duration=longest,apad,atrim=0:{LENGTH},"
    graph += "alimiter=limit=0.87:level=false:attack=2:release=100[out]"
    run("ffmpeg", "-v", "error", "-nostdin", "-y", *inputs, "-filter_complex", graph, "-map", "[out]", "-t", str(LENGTH),
        "-c:a", "pcm_s24le", target)


def parts_of(kind, n, draw, music, effects, rendered, folder):
    seconds, track = music[n % len(music)]
    tune = (track, draw.uniform(0, seconds - LENGTH - 1), 0, draw.uniform(-4, 0), False)
    hits = [(draw.choice(effects)[1], 0, draw.uniform(0, 12), draw.uniform(-9, 0), False) for _ in range(9)]
    voice = (spoken(folder, n % 48), draw.uniform(0, 2), draw.uniform(0, 1), draw.uniform(-4, 0), False)
    colour = draw.choice(["pink", "brown", "white"])
    bed = (f"lavfi:anoisesrc=color={colour}:seed={n}:amplitude=0.25:d={LENGTH}", 0, 0, draw.uniform(-24, -12), False)
    under = tune[:3] + (tune[3] + draw.uniform(-16, -8), False)
    if kind == "rendered" and rendered:
        path = rendered[n // 6 % len(rendered)]
        return [(path, 0, 0, draw.uniform(-3, 3), True)] + ([hits[0], under] if n // 6 >= len(rendered) else [])
    return {"music": [tune], "music-effects": [tune, *hits[:5]], "speech-music": [voice, under],
            "film": [voice, bed, under, *hits[:3]], "effects": [bed, *hits]}.get(kind, [voice, bed, *hits[:5]])


def main():
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("folder")
    ask.add_argument("program")
    ask.add_argument("--mixes", type=int, default=300)
    ask.add_argument("--speech", type=int, default=40)
    ask.add_argument("--rendered", default="", help="sounds of this program: a glob of WAV files")
    ask.add_argument("--keys", default="20")
    ask.add_argument("--more", action="store_true")
    a = ask.parse_args()
    os.makedirs(f"{a.folder}/mixes", exist_ok=True)
    os.makedirs(f"{a.folder}/speech", exist_ok=True)
    fetch(a.folder)
    music, effects = material(a.folder)
    rendered = sorted(glob.glob(a.rendered, recursive=True)) if a.rendered else []
    kinds = ["music", "music-effects", "speech-music", "film", "effects", "rendered"]
    print(f"{len(music)} pieces of music, {len(effects)} effects, {len(rendered)} rendered sounds", flush=True)
    for n in range(a.mixes):
        kind = kinds[n % len(kinds)]
        target = f"{a.folder}/mixes/{n:03}.{kind}.wav"
        if not os.path.exists(target):
            mix(target, parts_of(kind, n, random.Random(n), music, effects, rendered, a.folder))
    for n in range(a.speech):
        target = f"{a.folder}/speech/{n:03}.wav"
        if not os.path.exists(target):
            mix(target, [(spoken(a.folder, n), 0, 0, 0.0, False)])
    for what in ["mixes", "speech"]:
        print(f"\n{what}:", flush=True)
        run_on = [a.program, f"{a.folder}/{what}", "--table", f"{a.folder}/{what}.md", "--keys", a.keys]
        subprocess.run(run_on + (["--more"] if a.more else []), check=True)


if __name__ == "__main__":
    main()
