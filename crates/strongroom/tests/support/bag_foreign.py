"""Asks bagit.py: `validate FOLDER...` prints a line of JSON for each, `make ALGORITHM[,ALGORITHM] FOLDER` makes a bag."""

import json
import logging
import sys

import bagit

logging.disable(logging.CRITICAL)


def validate(folder):
    try:
        bagit.Bag(folder).validate()
        return {"folder": folder, "valid": True, "why": ""}
    except bagit.BagError as error:
        return {"folder": folder, "valid": False, "why": str(error)}
    except Exception as error:  # It has bugs of its own; a crash is no acceptance.
        return {"folder": folder, "valid": False, "why": f"crash: {error!r}"}


if sys.argv[1] == "make":
    bagit.make_bag(sys.argv[3], {"Source-Organization": "Example Library"}, checksums=sys.argv[2].split(","))
else:
    for folder in sys.argv[2:]:
        print(json.dumps(validate(folder)))
