"""A folder of files of many formats, with what PRONOM calls each of them."""

import os


class Corpus:
    """Hands out the paths of files, and notes down what each is to be called."""

    def __init__(self, folder):
        self.folder = folder
        self.expected = []
        os.makedirs(folder, exist_ok=True)

    def file(self, name, puids, media_types, maker):
        """Returns the path of a file to make.

        `puids` are the formats that it may be called, `-` if PRONOM knows none; `media_types` those that are right,
        the registered one and those in use beside it; `maker` is the library or program that writes it.
        """
        path = os.path.join(self.folder, name)
        self.expected.append((name, puids, media_types, maker))
        return path

    def write(self, name, puids, media_types, maker, content):
        """Makes a file of text, or of bytes that a library has returned."""
        mode = "wb" if isinstance(content, bytes) else "w"
        options = {} if mode == "wb" else {"encoding": "utf-8", "newline": ""}
        with open(self.file(name, puids, media_types, maker), mode, **options) as target:
            target.write(content)

    def finish(self, path):
        """Writes the table of what is expected, and fails if a file was not made."""
        for name, *_ in self.expected:
            if not os.path.isfile(os.path.join(self.folder, name)):
                raise SystemExit(f"{name} was not made")
        with open(path, "w", encoding="utf-8") as target:
            target.writelines("\t".join(row) + "\n" for row in sorted(self.expected))
