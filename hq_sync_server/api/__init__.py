"""What tills call: parse the request, call the office, answer.

No decision and no SQL is made here.
"""
