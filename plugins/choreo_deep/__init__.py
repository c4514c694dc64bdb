"""Embedders that are neural networks. torch is imported when one is trained or embeds."""

from choreo_deep.contrastive import Contrastive
from choreo_deep.correlation import DeepCca, SupervisedDeepCca
from choreo_deep.joint import JointEmbedding
from choreo_deep.rating import Rating
from choreo_deep.text import TextBridge
from choreo_deep.vmnet import VmNet

__all__ = ["Contrastive", "DeepCca", "JointEmbedding", "Rating", "SupervisedDeepCca", "TextBridge", "VmNet"]
