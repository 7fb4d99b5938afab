"""The reference server: it keeps every clause, for whatever profile it is given.

It shares no code with the rest of the suite, so that one mistake can't blind both.
"""
