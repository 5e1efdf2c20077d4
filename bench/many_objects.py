#!/usr/bin/env python3
"""Fills a store with copies of one object under other names, each whole and proven by its own digests.

  many_objects.py STORE COUNT       STORE is the folder of a store that holds one object, the pattern

Depositing 20,000 objects takes long; what a rebuilding reads of them, and all that it compares, is the same in copies: name,
identities and digests are their own, content and its number of files are those of the pattern.
"""
import gzip, hashlib, re, sys, uuid
from pathlib import Path

UUID = re.compile(rb"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


class Pattern:
    def __init__(self, root):
        declaration, = root.glob("*/*/*/*/0=ocfl_object_1.1")
        self.root, self.folder = root, declaration.parent
        files = [path for path in self.folder.rglob("*") if path.is_file()]
        self.files = {str(path.relative_to(self.folder)): path.read_bytes() for path in files}
        self.id = re.search(rb'"id" *: *"([^"]+)"', self.files["inventory.json"]).group(1).decode()
        self.name = self.id.rsplit("/", 1)[1]

    def write(self, number):
        name = f"{self.name}-{number}"

        def own(text):
            text = text.replace(self.id.encode(), self.id.encode() + b"-" + str(number).encode())
            return UUID.sub(lambda found: str(uuid.uuid5(uuid.UUID(found.group().decode()), name)).encode(), text)

        def place(identifier, folder_name):
            digest = hashlib.sha256(identifier.encode()).hexdigest()
            return "/".join([digest[0:3], digest[3:6], digest[6:9], folder_name])

        old, new = place(self.id, self.folder.name), place(f"{self.id}-{number}", f"{self.folder.name}-{number}")
        files = dict(self.files)
        inventory = own(files["inventory.json"])
        sidecar = f"{sha256(inventory)} inventory.json\n".encode()
        for folder in ("", "v1/"):
            files[folder + "inventory.json"], files[folder + "inventory.json.sha256"] = inventory, sidecar
        document = own(files["logs/v1-object.json"]).replace(old.encode(), new.encode())
        document = document.replace(f'/{self.name}"'.encode(), f'/{name}"'.encode())
        files["logs/v1-object.json"] = document
        files["logs/v1-premis.xml.gz"] = gzip.compress(own(gzip.decompress(files["logs/v1-premis.xml.gz"])), 6, mtime=0)
        listed = [line.split("  ", 1)[1] for line in files["logs/v1-sha256sums.txt"].decode().splitlines()]
        files["logs/v1-sha256sums.txt"] = "".join(f"{sha256(files[path])}  {path}\n" for path in listed).encode()
        for path, content in files.items():
            target = self.root / new / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)


def sha256(content):
    return hashlib.sha256(content).hexdigest()


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    pattern = Pattern(Path(sys.argv[1]) / "ocfl")
    for number in range(int(sys.argv[2])):
        pattern.write(number)


main()
