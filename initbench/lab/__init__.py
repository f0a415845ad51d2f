"""The lab: one page on which small networks train live from different initial weights."""
