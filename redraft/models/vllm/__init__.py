"""vLLM of our own: a server that Redraft starts, or the engine inside this process."""

from redraft.models.vllm.engine import VLLMEngine
from redraft.models.vllm.server import Report, VLLMServer, quiet
from redraft.models.vllm.setup import Device, detect_device, free_memory

__all__ = [
    "Device",
    "Report",
    "VLLMEngine",
    "VLLMServer",
    "detect_device",
    "free_memory",
    "quiet",
]
