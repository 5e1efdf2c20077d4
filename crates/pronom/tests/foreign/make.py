"""Makes files of many formats with other people's libraries, and a table of what PRONOM calls each.

Usage: make.py FOLDER EXPECTED
"""

import sys

import archives
import documents
import drawings
import images
import office
import records
import sounds
import texts
from corpus import Corpus

if __name__ == "__main__":
    corpus = Corpus(sys.argv[1])
    # LibreOffice takes the documents of the others.
    for kind in [images, documents, sounds, archives, records, drawings, texts, office]:
        kind.make(corpus)
    corpus.finish(sys.argv[2])
