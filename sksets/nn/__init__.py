"""Torch layers for sets, packed and never padded."""

from sksets.nn._attention import MultiheadPooling
from sksets.nn._attention_pooling import AttentionPooling
from sksets.nn._batch import SetBatch
from sksets.nn._by_hand import NetworkByHand, is_by_hand
from sksets.nn._concat_pooling import ConcatPooling
from sksets.nn._deep_sets import DeepSetsModule
from sksets.nn._dot_expander import DotExpanderModule
from sksets.nn._edge_conv import EdgeConv
from sksets.nn._element_deep_sets import ElementDeepSetsModule
from sksets.nn._encoders import CategoryEmbedding, ConvEncoder, TokenEmbedding
from sksets.nn._equivariant import EquivariantLinear
from sksets.nn._expander import Candidates, SetExpanderModule
from sksets.nn._hidden import HiddenItems, QueryBatch
from sksets.nn._induced import InducedAttention
from sksets.nn._item_vectors import ItemVectors
from sksets.nn._losses import (
    LOSSES,
    SetLoss,
    absolute_error,
    binary_cross_entropy,
    cross_entropy,
    huber,
    make_loss,
    member_cross_entropy,
    poisson,
    squared_error,
)
from sksets.nn._make_expander import INTERACTIONS, make_expander
from sksets.nn._make_pooling import POOLINGS, make_pooling, pooling_names
from sksets.nn._max_pooling import LogSumExpPooling, MaxPooling, MinPooling
from sksets.nn._mlp import ACTIVATIONS, MLP, Dropout
from sksets.nn._module import SetModule
from sksets.nn._neighbor_moments import NeighborMoments
from sksets.nn._normalize import FeatureScaler, SetNorm, SetNormalize
from sksets.nn._pair_expanders import ConcatExpanderModule, SumExpanderModule
from sksets.nn._pooling import SetPooling
from sksets.nn._ranking_losses import margin_ranking, sampled_softmax_ranking, softmax_ranking
from sksets.nn._segment import (
    segment_logsumexp,
    segment_max,
    segment_mean,
    segment_min,
    segment_softmax,
    segment_sum,
    segment_var,
)
from sksets.nn._set_dropout import SetDropout
from sksets.nn._spread_pooling import LogStdPooling, StdPooling
from sksets.nn._sum_pooling import MeanPooling, SumPooling

__all__ = [
    "ACTIVATIONS",
    "AttentionPooling",
    "Candidates",
    "CategoryEmbedding",
    "ConcatExpanderModule",
    "ConcatPooling",
    "ConvEncoder",
    "DeepSetsModule",
    "DotExpanderModule",
    "Dropout",
    "EdgeConv",
    "ElementDeepSetsModule",
    "EquivariantLinear",
    "FeatureScaler",
    "HiddenItems",
    "INTERACTIONS",
    "InducedAttention",
    "ItemVectors",
    "LOSSES",
    "LogStdPooling",
    "LogSumExpPooling",
    "MLP",
    "MaxPooling",
    "MeanPooling",
    "MinPooling",
    "MultiheadPooling",
    "NeighborMoments",
    "NetworkByHand",
    "POOLINGS",
    "QueryBatch",
    "SetBatch",
    "SetDropout",
    "SetExpanderModule",
    "SetLoss",
    "SetModule",
    "SetNorm",
    "SetNormalize",
    "SetPooling",
    "StdPooling",
    "SumExpanderModule",
    "SumPooling",
    "TokenEmbedding",
    "absolute_error",
    "binary_cross_entropy",
    "cross_entropy",
    "huber",
    "is_by_hand",
    "make_expander",
    "make_loss",
    "make_pooling",
    "margin_ranking",
    "member_cross_entropy",
    "poisson",
    "pooling_names",
    "sampled_softmax_ranking",
    "segment_logsumexp",
    "segment_max",
    "segment_mean",
    "segment_min",
    "segment_softmax",
    "segment_sum",
    "segment_var",
    "softmax_ranking",
    "squared_error",
]
