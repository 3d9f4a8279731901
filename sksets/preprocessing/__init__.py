"""Transformers of sets: on the elements, set by set, and from sets to a table."""

from sksets.preprocessing._element_transformer import ElementTransformer
from sksets.preprocessing._mean_map_features import MeanMapFeatures
from sksets.preprocessing._neighbor_features import NeighborFeatures
from sksets.preprocessing._set_normalizer import SetNormalizer
from sksets.preprocessing._set_sampler import SetSampler
from sksets.preprocessing._set_summarizer import SetSummarizer
from sksets.preprocessing._token_encoder import TokenEncoder

__all__ = [
    "ElementTransformer",
    "MeanMapFeatures",
    "NeighborFeatures",
    "SetNormalizer",
    "SetSampler",
    "SetSummarizer",
    "TokenEncoder",
]
