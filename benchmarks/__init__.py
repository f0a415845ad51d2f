"""Speed, measured: contenders take turns in one process, and ratios are quoted."""
