"""Speed, measured: contenders do the same work and take turns, and ratios are quoted."""
