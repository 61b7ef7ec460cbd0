"""The control lane, and what happens after a disk went back, a till was copied or lost, or HQ was restored."""
