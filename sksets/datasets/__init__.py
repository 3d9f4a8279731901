"""Sets to learn from: generated, inside scikit-learn, or in files looked up or fetched."""

from sksets.datasets._compact_groups import fetch_compact_groups
from sksets.datasets._concept_sets import make_concept_sets
from sksets.datasets._corel5k import fetch_corel5k
from sksets.datasets._delicious import fetch_delicious
from sksets.datasets._digit_sums import load_digit_sums, make_digit_sums
from sksets.datasets._galaxy_clusters import make_galaxy_clusters
from sksets.datasets._groceries import fetch_groceries
from sksets.datasets._lda_concepts import fetch_lda_concepts
from sksets.datasets._mnist import fetch_mnist_sums
from sksets.datasets._modelnet10 import fetch_modelnet10
from sksets.datasets._musk import fetch_musk
from sksets.datasets._outlier_sets import make_outlier_sets
from sksets.datasets._population_statistics import make_population_statistics
from sksets.datasets._qm7 import fetch_qm7
from sksets.datasets._shapes import make_shapes
from sksets.datasets._shapes69 import fetch_shapes69
from sksets.datasets._store import get_data_home
from sksets.datasets._word_vectors import fetch_word_vectors
from sksets.datasets._wordnet_concepts import fetch_wordnet_concepts

__all__ = [
    "fetch_compact_groups",
    "fetch_corel5k",
    "fetch_delicious",
    "fetch_groceries",
    "fetch_lda_concepts",
    "fetch_mnist_sums",
    "fetch_modelnet10",
    "fetch_musk",
    "fetch_qm7",
    "fetch_shapes69",
    "fetch_word_vectors",
    "fetch_wordnet_concepts",
    "get_data_home",
    "load_digit_sums",
    "make_concept_sets",
    "make_digit_sums",
    "make_galaxy_clusters",
    "make_outlier_sets",
    "make_population_statistics",
    "make_shapes",
]
