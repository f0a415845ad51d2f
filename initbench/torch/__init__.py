"""Tools for PyTorch modules: initialize, probe and check a model, and choose its initialization.

```python
import initbench.torch

report = initbench.torch.initialize_(model, "he", seed=0)
```
"""

from initbench.optional import require

require("torch", "torch")

from initbench.torch.initialize import Initialized, Report, initialize_  # noqa: E402
from initbench.torch.preflight import Preflight, preflight  # noqa: E402
from initbench.torch.probe import probe  # noqa: E402
from initbench.torch.recommend import ModelRecommendation, recommend  # noqa: E402
from initbench.torch.report import ModelProbe  # noqa: E402

__all__ = [
    "Initialized",
    "ModelProbe",
    "ModelRecommendation",
    "Preflight",
    "Report",
    "initialize_",
    "preflight",
    "probe",
    "recommend",
]
