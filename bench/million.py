#!/usr/bin/env python3
"""Writes a tar with a bag of a million small files (8 to 80 bytes), deterministic, in constant memory for the payload.

  million.py TARGET.tar [COUNT]
"""
import hashlib, io, sys, tarfile

target, count = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 1_000_000
top = target.rsplit("/", 1)[-1].removesuffix(".tar")
manifests = {"md5": [], "sha256": []}


def add(out, path, data):
    entry = tarfile.TarInfo(f"{top}/{path}")
    entry.size, entry.mtime, entry.mode = len(data), 1700000000, 0o644
    out.addfile(entry, io.BytesIO(data))


with tarfile.open(target, "w", format=tarfile.USTAR_FORMAT, bufsize=1 << 20) as out:
    for number in range(count):
        path = f"data/box-{number // 1000:04}/item-{number:07}.txt"
        data = f"item {number}\n".encode() * (1 + number % 8)
        for name, lines in manifests.items():
            lines.append(f"{hashlib.new(name, data).hexdigest()}  {path}\n")
        add(out, path, data)
        out.members.clear()
    add(out, "bagit.txt", b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n")
    add(out, "bag-info.txt", b"Source-Organization: Bench\nBagging-Date: 2026-01-01\n")
    for name, lines in manifests.items():
        add(out, f"manifest-{name}.txt", "".join(lines).encode())
