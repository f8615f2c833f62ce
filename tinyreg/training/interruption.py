"""Ctrl-C, answered where it does no harm: between two optimizer steps."""

import os
import signal
import threading


class Interruption:
    """While its block runs, a first Ctrl-C is noted in `asked`; a second one raises KeyboardInterrupt where it finds us.

    It takes Python's own handler's place, and only that: in another thread than the main one, or where the program has
    a handler of its own, everything stays as it is.

    Args:
        enabled: False changes nothing.
    """

    def __init__(self, enabled: bool) -> None:
        self.enabled, self.asked, self._installed = enabled, False, False

    def __enter__(self) -> "Interruption":
        main = threading.current_thread() is threading.main_thread()
        if self.enabled and main and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            signal.signal(signal.SIGINT, self._note)
            self._installed = True
        return self

    def __exit__(self, *exception: object) -> None:
        if self._installed:
            signal.signal(signal.SIGINT, signal.default_int_handler)

    def _note(self, number, frame):
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True
        os.write(2, b"\nfit: will save and stop after this optimizer step; Ctrl-C again stops at once\n")  # print is not safe in a handler
