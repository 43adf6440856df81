#!/usr/bin/env python3
"""Credentials of a take before independent validators: c2pa-python and encypher-c2pa, which share no code.

    credentials.py FOLDER [--trust certificates.pem]

Every delivered file of the folder must be valid in both, and must fail in both once a byte in the middle of its picture or sound is
flipped; the second may know no such kind, which a dash tells. Prints a table; exits with 1 when a verdict is not as it should be. Nothing is
fetched or sent: both work offline, telemetry is off.

Made with: Python 3.11, c2pa-python 0.38.1, encypher-c2pa 1.7.1. Install them with
    python3 -m venv .venv && .venv/bin/pip install c2pa-python==0.38.1 encypher-c2pa==1.7.1
"""

import argparse
import io
import sys
from pathlib import Path

try:
    import c2pa
    import encypher_c2pa
except ImportError as error:
    sys.exit(f"credentials: skipped: {error}; it needs PyPI c2pa-python and encypher-c2pa")

MIME = {
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".wav": "audio/wav",
    ".mp3": "audio/mpeg",
    ".mp4": "video/mp4",
    ".exr": "image/x-exr",
    ".json": "application/json",
}
BESIDE = {".exr", ".json"}


def by_c2pa(data, mime, sidecar, trust):
    settings = {"verify": {"remote_manifest_fetch": False}}
    if trust:
        settings["trust"] = {"user_anchors": trust}
    context = c2pa.Context(c2pa.Settings.from_dict(settings))
    try:
        with c2pa.Reader(mime, io.BytesIO(data), sidecar, context=context) as reader:
            return reader.get_validation_state().lower()
    except c2pa.C2paError as error:
        return "does not read it" if "unsupported type" in str(error).lower() else f"invalid ({type(error).__name__})"


def by_encypher(data, mime, sidecar, trust):
    # It knows no EXR, and of JSON only a wrapper inside the text. A sidecar binds plain bytes, whatever they are, so it is asked
    # about them under the name of a kind that it does know.
    mime = "image/tiff" if sidecar else mime
    try:
        report = encypher_c2pa.verify(
            data, mime, manifest_store=sidecar, trust_pem=trust, no_default_trust=True, telemetry=False, online=False
        )
    except Exception as error:
        return "-" if "unsupported" in str(error).lower() else f"invalid ({error})"
    if report["integrity"] != "valid":
        return report["integrity"]
    return "trusted" if report["trust"]["status"] == "valid_for_supplied_material" else "valid"


def media_byte(data, suffix):
    """The place of a byte of picture or sound: the middle of the largest block that holds them."""
    if suffix == ".mp4":
        return data.rindex(b"mdat") + (len(data) - data.rindex(b"mdat")) // 2
    if suffix == ".wav":
        start = data.index(b"data")
        return start + 8 + int.from_bytes(data[start + 4 : start + 8], "little") // 2
    if suffix == ".png":
        start = data.index(b"IDAT")
        return start + 4 + int.from_bytes(data[start - 4 : start], "big") // 2
    if suffix == ".jpg":
        start = data.rindex(b"\xff\xda")
        return start + (len(data) - start) // 2
    return len(data) // 2


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--trust", type=Path, help="certificates that the signers are to be trusted by (PEM)")
    arguments = parser.parse_args()
    trust = arguments.trust.read_text() if arguments.trust else None
    files = [path for path in sorted(arguments.folder.rglob("*")) if path.suffix in MIME]
    wrong = 0
    print("| file | c2pa-python | encypher-c2pa | c2pa-python, a byte flipped | encypher-c2pa, a byte flipped |")
    print("|---|---|---|---|---|")
    for path in files:
        if path.suffix in BESIDE and not path.with_suffix(".c2pa").exists():
            print(f"| {path.relative_to(arguments.folder)} | no sidecar | no sidecar | | |", flush=True)
            wrong += 1
            continue
        data, mime = path.read_bytes(), MIME[path.suffix]
        sidecar = path.with_suffix(".c2pa").read_bytes() if path.suffix in BESIDE else None
        flipped = bytearray(data)
        flipped[media_byte(data, path.suffix)] ^= 1
        verdicts = [judge(bytes(d), mime, sidecar, trust) for d in (data, flipped) for judge in (by_c2pa, by_encypher)]
        good = {"valid", "trusted"}
        # The first reads every kind; the other one the kinds that it knows.
        wrong += verdicts[0] not in good or verdicts[1] not in good | {"-"}
        wrong += any(verdict in good for verdict in verdicts[2:])
        print(f"| {path.relative_to(arguments.folder)} | {' | '.join(verdicts)} |", flush=True)
    if not files:
        sys.exit(f"credentials: {arguments.folder} holds no delivered files")
    print(f"{len(files)} files, {wrong} wrong verdicts")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
