class Broken(Exception):
    def __str__(self):
        return "first line\nsecond line"


error = Broken()
error.add_note("a note")
raise ExceptionGroup("several", [error, KeyError("k"), OSError(2, "No such file or directory", "x.txt")])
