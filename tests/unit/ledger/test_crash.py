"""Killed in the middle of appending, again and again: an entry exists exactly if its transaction does."""

import signal
import subprocess
import sys
import time
from pathlib import Path

from comity.ledger import log
from comity.ledger.fsck import check_ledger
from tests.support.sample_ledger import ORIGIN, SIGNER, open_store

_WORKER = """
import itertools, pathlib, sys
sys.path.insert(0, sys.argv[2])
from tests.support.sample_ledger import insert_released_batch, open_store
store = open_store(pathlib.Path(sys.argv[1]))
for n in itertools.count():
    insert_released_batch(store, f"{sys.argv[3]}-{n}", 40)
    print(n, flush=True)
"""
KILLS = 3


def test_kill_9_in_an_append_leaves_a_sound_ledger(tmp_path: Path) -> None:
    root = str(Path(__file__).parents[3])
    acknowledged = 0
    for kill in range(KILLS):
        command = [sys.executable, "-c", _WORKER, str(tmp_path), root, f"K{kill}"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as worker:
            assert worker.stdout is not None
            assert worker.stdout.readline() == "0\n"
            time.sleep(0.011 * (kill + 1))
            worker.send_signal(signal.SIGKILL)
            acknowledged += 1 + len([line for line in worker.stdout if line.endswith("\n")])
        store = open_store(tmp_path)
        assert check_ledger(store, [SIGNER.verifier], ORIGIN) == ()
        with store.read() as tx:
            assert log.tree_size(tx) % 41 == 0
            assert acknowledged * 41 <= log.tree_size(tx) <= (acknowledged + kill + 1) * 41
        store.close()


def test_two_processes_take_turns(tmp_path: Path) -> None:
    root = str(Path(__file__).parents[3])
    open_store(tmp_path).close()
    commands = [[sys.executable, "-c", _WORKER, str(tmp_path), root, name] for name in ("A", "B")]
    workers = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for command in commands]
    for worker in workers:
        assert worker.stdout is not None
        for _ in range(5):
            worker.stdout.readline()
    for worker in workers:
        worker.kill()
        worker.communicate()
    store = open_store(tmp_path)
    assert check_ledger(store, [SIGNER.verifier], ORIGIN) == ()
    with store.read() as tx:
        assert log.tree_size(tx) >= 10 * 41
