"""Kosh's side of a lock: Python's filelock, as Kosh's RFileLock uses it.

hold PATH          says "held" when it holds the lock, and lets go when its input ends
count PATH FILE N  adds 1 to the number in FILE, N times, each time under the lock; says "done"
"""
import sys
import time

from filelock import FileLock

what, path = sys.argv[1:3]
lock = FileLock(path, timeout=60)
if what == "hold":
    with lock:
        print("held", flush=True)
        sys.stdin.read()
elif what == "count":
    file, rounds = sys.argv[3], int(sys.argv[4])
    for _ in range(rounds):
        with lock:
            with open(file) as before:
                number = int(before.read() or 0)
            time.sleep(0.001)
            with open(file, "w") as after:
                after.write(str(number + 1).zfill(6))
        time.sleep(0.001)
    print("done", flush=True)
