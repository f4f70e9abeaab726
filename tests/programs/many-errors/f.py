import sys

open("missing.txt")
