"""HQ's commands: each does one thing and ends, or serves. Called by `hq_sync_server.__main__` alone.

Exit codes: 0 done; 1 done, but something wrong was found; 2 refused, or not understood.
"""
