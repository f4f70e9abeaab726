"""What lies below CPython's own libraries when a program runs in the page: sockets, select, threads, time, errnos, files 0 to 2.

    learner's file -> CPython's socket.py, threading.py, selectors.py, ... -> these modules -> host.py -> worker.js -> the page

Everything above these modules is CPython as it is. Nothing here knows which network the calls go to.
"""
