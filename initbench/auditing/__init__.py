"""Audits: whether the tensors of a checkpoint were drawn as someone claims.

A checkpoint is read tensor by tensor (`checkpoints`), each is given its role and fans (`layouts`),
sampled (`layouts`, too) and tested (`checks`) against the schemes that are claimed
(`claims`); what does not fit gets its likely cause (`causes`).
"""

from initbench.auditing.audit import Audit, TensorAudit, audit
from initbench.auditing.checkpoints import Tensor, read_checkpoint, tensors_of

__all__ = ["Audit", "Tensor", "TensorAudit", "audit", "read_checkpoint", "tensors_of"]
