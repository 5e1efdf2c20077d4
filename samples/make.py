#!/usr/bin/env python3
"""Makes the sample bags: always the same bytes, from nothing but this file and picture.py.

    samples/make.py           writes them beside this file
    samples/make.py --check   writes nothing, and fails when what lies there is something else
"""

import hashlib
import io
import sys
import tarfile
import zipfile
from pathlib import Path

sys.dont_write_bytecode = True

import picture  # noqa: E402: not before Python was told to leave no cache here

HERE = Path(__file__).resolve().parent
DATE = "2026-11-01"
# Noon of that day: every member bears it, since a clock would make every run another file.
SECONDS = 1793534400
ZIP_TIME = (2026, 11, 1, 12, 0, 0)

APTRUST = "https://raw.githubusercontent.com/APTrust/preservation-services/master/profiles/aptrust-v2.3.json"
BTR = "https://github.com/dpscollaborative/btr_bagit_profile/releases/download/1.0/btr-bagit-profile.json"


def tags(pairs):
    return "".join(f"{name}: {value}\n" for name, value in pairs).encode()


def manifest(algorithm, files):
    lines = (f"{hashlib.new(algorithm, content).hexdigest()}  {path}\n" for path, content in sorted(files.items()))
    return "".join(lines).encode()


def oxum(payload):
    return f"{sum(map(len, payload.values()))}.{len(payload)}"


def bag(payload, algorithms, info, **more_tag_files):
    """Returns the files of a bag (RFC 8493): path in the bag to content, tag files first."""
    data = {f"data/{path}": content for path, content in payload.items()}
    tag_files = {"bagit.txt": tags([("BagIt-Version", "1.0"), ("Tag-File-Character-Encoding", "UTF-8")])}
    tag_files["bag-info.txt"] = tags(info)
    tag_files.update({name.replace("_", "-") + ".txt": content for name, content in more_tag_files.items()})
    for algorithm in algorithms:
        tag_files[f"manifest-{algorithm}.txt"] = manifest(algorithm, data)
    tag_manifests = {f"tagmanifest-{algorithm}.txt": manifest(algorithm, tag_files) for algorithm in algorithms}
    return tag_files | tag_manifests | data


def to_tar(top, files):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for path, content in files.items():
            member = tarfile.TarInfo(f"{top}/{path}")
            member.size, member.mtime, member.mode = len(content), SECONDS, 0o644
            tar.addfile(member, io.BytesIO(content))
    return out.getvalue()


def to_zip(top, files):
    out = io.BytesIO()
    # Stored, not compressed: compressors differ in their bytes from one version to the next.
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for path, content in files.items():
            member = zipfile.ZipInfo(f"{top}/{path}", ZIP_TIME)
            member.create_system, member.external_attr = 3, 0o100644 << 16
            archive.writestr(member, content)
    return out.getvalue()


def photographs():
    """An APTrust 2.3 bag: a handful of files of several formats."""
    payload = {
        "1923/harbour.png": picture.png(96, 64, picture.harbour),
        "1923/harbour.jpg": picture.jpeg(96, 64, picture.harbour),
        "1923/lighthouse.jpg": picture.jpeg(64, 96, picture.lighthouse),
        "catalogue.pdf": picture.pdf(["The Holm collection", "Three photographs of a harbour, 1923"]),
        "catalogue.csv": (
            b"file,title,year,photographer\n"
            b"1923/harbour.png,The harbour at dawn,1923,\"Holm, Ida\"\n"
            b"1923/harbour.jpg,The harbour at dawn (access copy),1923,\"Holm, Ida\"\n"
            b"1923/lighthouse.jpg,The lighthouse,1923,\"Holm, Ida\"\n"
        ),
        "description.xml": (
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
            "<metadata xmlns:dc=\"http://purl.org/dc/elements/1.1/\">\n"
            "  <dc:title>Photographs of a harbour</dc:title>\n"
            "  <dc:creator>Holm, Ida (1898–1971)</dc:creator>\n"
            "  <dc:date>1923</dc:date>\n"
            "  <dc:type>StillImage</dc:type>\n"
            "  <dc:rights>CC0 1.0</dc:rights>\n"
            "</metadata>\n"
        ).encode(),
        "about.txt": "Made up for Strongroom: Ida Holm never lived, and nobody took these photographs.\n".encode(),
    }
    info = [
        ("Source-Organization", "Example University Library"),
        ("Bagging-Date", DATE),
        ("Bagging-Software", "samples/make.py"),
        ("Bag-Count", "1 of 1"),
        ("Bag-Group-Identifier", "holm-collection"),
        ("Internal-Sender-Identifier", "holm-1923"),
        ("Internal-Sender-Description", "Three photographs of a harbour, with their catalogue."),
        ("Payload-Oxum", oxum(payload)),
        ("BagIt-Profile-Identifier", APTRUST),
    ]
    aptrust_info = [
        ("Title", "Photographs of a harbour"),
        ("Description", "Three photographs of a harbour, taken in 1923, with their catalogue."),
        ("Access", "Institution"),
        ("Storage-Option", "Standard"),
    ]
    return bag(payload, ["md5", "sha256"], info, aptrust_info=tags(aptrust_info))


def minutes():
    """A BTR 1.0 bag: the minutes of a council, with names in several scripts."""
    payload = {
        "1951/01-january.txt": b"Minutes of the council, 9 January 1951.\nThe quay wall is to be mended.\n",
        "1951/02-february.txt": b"Minutes of the council, 6 February 1951.\nThe quay wall is mended.\n",
        "1951/Beschlüsse.txt": "Beschluss: Die Kaimauer wird ausgebessert.\n".encode(),
        "1951/議事録.txt": "岸壁を修理する。\n".encode(),
        "index.csv": b"file,date\n1951/01-january.txt,1951-01-09\n1951/02-february.txt,1951-02-06\n",
        "empty.txt": b"",
    }
    info = [
        ("Source-Organization", "Example Town Archive"),
        ("Bagging-Date", DATE),
        ("Payload-Oxum", oxum(payload)),
        ("BagIt-Profile-Identifier", BTR),
    ]
    return bag(payload, ["sha256", "sha512"], info)


def letters():
    """A plain folder, to be bagged on the way in."""
    return {
        "1917-03-04.txt": b"Dear Anna,\nthe ship leaves on Tuesday. I shall write from Bergen.\nYours, Jonas\n",
        "1917-03-19.txt": b"Dear Anna,\nBergen is all rain and herring.\nYours, Jonas\n",
        "postcards/Tromsø.txt": "Kjære Anna, the sun does not set here.\n".encode(),
        "postcards/front.png": picture.png(48, 32, picture.lighthouse),
        "inventory.csv": "file,from,to,date\n1917-03-04.txt,Jonas,Anna,1917-03-04\n".encode(),
    }


def broken():
    """Bags with one fault each. No Payload-Oxum, so that a fault is one finding and not two."""
    payload = {"a.txt": b"the first file\n", "b.txt": b"the second file\n", "c.txt": b"the third file\n"}
    info = [("Source-Organization", "Example University Library"), ("Bagging-Date", DATE)]
    good = bag(payload, ["sha256"], info)
    missing = dict(good)
    del missing["data/b.txt"]
    return {
        "changed-byte": good | {"data/b.txt": b"the sec0nd file\n"},
        "missing-file": missing,
        "unlisted-file": good | {"data/d.txt": b"nobody knows of this file\n"},
    }


def everything():
    """Returns all that lies in this folder and is made: path to content."""
    files = {"photographs.tar": to_tar("photographs", photographs()), "minutes.zip": to_zip("minutes", minutes())}
    files |= {f"letters-folder/{path}": content for path, content in letters().items()}
    for name, of_bag in broken().items():
        files |= {f"broken/{name}/{path}": content for path, content in of_bag.items()}
    return files


def made_before():
    folders = [HERE / "letters-folder", HERE / "broken"]
    found = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    return {path.relative_to(HERE).as_posix() for path in [*found, *HERE.glob("*.tar"), *HERE.glob("*.zip")]}


def read(path):
    return path.read_bytes() if path.is_file() else None


def main():
    files = everything()
    stale = made_before() - files.keys()
    changed = {name for name, content in files.items() if read(HERE / name) != content}
    if sys.argv[1:] == ["--check"]:
        for name in sorted(stale | changed):
            print(f"samples/{name} is not what samples/make.py makes; run it")
        sys.exit(1 if stale | changed else 0)
    for name in stale:
        (HERE / name).unlink()
    for name in changed:
        (HERE / name).parent.mkdir(parents=True, exist_ok=True)
        (HERE / name).write_bytes(files[name])
    print(f"{len(files)} files, {sum(map(len, files.values()))} bytes; {len(changed)} written, {len(stale)} removed")


if __name__ == "__main__":
    main()
