#!/usr/bin/env python3
"""Asks the Library of Congress's own bagit.py, and bagit-profile, whether the samples are as good and bad as we say.

Run it with the Python of `target/venv`, which `./test` makes.
"""

import json
import logging
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

import bagit
import bagit_profile

HERE = Path(__file__).resolve().parent
PROFILES = HERE.parent / "crates" / "bagit" / "profiles"

# What bagit.py should say of each broken bag: the fault, and no other.
FAULTS = {
    "changed-byte": bagit.ChecksumMismatch,
    "missing-file": bagit.FileMissing,
    "unlisted-file": bagit.UnexpectedFile,
}


def check_good(folder, profile_file):
    bag = bagit.Bag(str(folder))
    bag.validate()
    # Not the package's kind: bagit-profile goes by the name alone, and calls a tar application/x-tar.
    content = json.loads((PROFILES / profile_file).read_text())
    profile = bagit_profile.Profile(content["BagIt-Profile-Info"]["BagIt-Profile-Identifier"], profile=content)
    assert profile.validate(bag), profile.report.errors


def check_broken(name, fault):
    try:
        bagit.Bag(str(HERE / "broken" / name)).validate()
    except bagit.BagValidationError as error:
        assert [type(detail) for detail in error.details] == [fault], error
        return
    raise AssertionError(f"bagit.py finds nothing wrong with {name}")


def main():
    logging.disable(logging.CRITICAL)
    with tempfile.TemporaryDirectory() as scratch:
        with tarfile.open(HERE / "photographs.tar") as tar:
            tar.extractall(scratch)
        with zipfile.ZipFile(HERE / "minutes.zip") as archive:
            archive.extractall(scratch)
        check_good(Path(scratch) / "photographs", "aptrust-v2.3.json")
        check_good(Path(scratch) / "minutes", "btr-v1.0.json")
    for name, fault in FAULTS.items():
        check_broken(name, fault)
    assert {path.name for path in (HERE / "broken").iterdir()} == FAULTS.keys()
    print("2 good and 3 broken bags are what we say")


if __name__ == "__main__":
    sys.exit(main())
