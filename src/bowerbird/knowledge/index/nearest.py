"""
What is asked of faiss: an HNSW graph over the first vectors of a generation, inner products in place, and cells.

The only module that touches faiss, whose own type hints do not agree with what it does. Its calls release the GIL.
"""

import importlib
import math
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bowerbird.kernel.errors import StoreUnavailable

__all__ = ["Bytes", "Cells", "Floats", "Graph", "Mask", "Numbers", "inner_products"]

_faiss: Any = importlib.import_module("faiss")

Mask = NDArray[np.bool_]
Numbers = NDArray[np.int64]
Floats = NDArray[np.float32]
Bytes = NDArray[np.int8]

# Edges of a vector, how many neighbours are weighed to choose them, and how many a search keeps in view: recall@100
# .996 on 20,000 MiniLM vectors of real passages with noise.
EDGES, EF_CONSTRUCTION, EF_SEARCH = 32, 100, 400


def inner_products(query: Floats, vectors: Floats, numbers: Numbers) -> Floats:
    """The products (n,) of `query` with `vectors[numbers]`, which are read in place: a copy would take longer."""
    _use_one_thread()
    products = np.empty(len(numbers), np.float32)
    query, numbers = np.ascontiguousarray(query, np.float32), np.ascontiguousarray(numbers, np.int64)
    pointers = [_faiss.swig_ptr(array) for array in (products, query, vectors, numbers)]
    _faiss.fvec_inner_products_by_idx(*pointers, len(query), 1, len(numbers))
    return products


class Graph:
    """An HNSW graph whose nodes are the numbers of vectors, in the order they were added."""

    def __init__(self, graph: Any) -> None:
        self._graph = graph

    @classmethod
    def empty(cls, dimensions: int) -> "Graph":
        """A graph without nodes."""
        # Nodes hold halves, which takes half the memory; what is found is scored with the whole numbers.
        half = _faiss.ScalarQuantizer.QT_fp16
        graph = _faiss.IndexHNSWSQ(dimensions, half, EDGES, _faiss.METRIC_INNER_PRODUCT)
        graph.hnsw.efConstruction = EF_CONSTRUCTION
        return cls(graph)

    @classmethod
    def read(cls, path: Path) -> "Graph":
        """The graph in a file; raises FileNotFoundError or StoreUnavailable."""
        try:
            return cls(_faiss.read_index(str(path)))
        except RuntimeError as exc:
            if not path.exists():
                raise FileNotFoundError(path) from exc
            raise StoreUnavailable(f"{str(path)!r} cannot be read ({exc}): bowerbird index rebuild") from exc

    def add(self, vectors: Floats) -> None:
        """Add nodes for `vectors` (n, d) behind those that are there; takes seconds for ten thousand."""
        _use_one_thread()
        data = np.ascontiguousarray(vectors, np.float32)
        if not self._graph.is_trained:
            self._graph.train(data)
        self._graph.add(data)

    def write(self, path: Path) -> None:
        """Put the graph into a file in one step."""
        temporary = path.with_name(path.name + ".new")
        _faiss.write_index(self._graph, str(temporary))
        temporary.replace(path)

    def nearest(self, query: Floats, k: int, among: Mask) -> Numbers:
        """About the k nodes nearest to `query` of those that `among` marks; sometimes fewer."""
        _use_one_thread()
        share = max(int(np.count_nonzero(among)), 1) / len(among)
        # A walk meets marked nodes in proportion to their share, so it must see that many more.
        ef = math.ceil(max(EF_SEARCH, 2 * k) / share)
        selector = _faiss.IDSelectorBitmap(np.packbits(among, bitorder="little"))
        parameters = _faiss.SearchParametersHNSW(efSearch=ef, sel=selector)
        _, found = self._graph.search(np.ascontiguousarray(query, np.float32)[None, :], k, params=parameters)
        numbers: Numbers = found[0][found[0] >= 0].astype(np.int64)
        return numbers


class Cells:
    """
    Vectors by the cell of space they lie in (an inverted file): a search looks into the nearest cells only.

    For what changes by the minute: made in a second for 100,000 vectors, and more may be added at any time. It finds
    good candidates rather than exactly the nearest. Vectors are of whole numbers, a byte each: half the memory of
    halves, and a search, which mostly waits for memory, takes half the time.
    """

    def __init__(self, vectors: Bytes, *, cells: int, looked_into: int) -> None:
        """Cells learnt from `vectors` (n, d), which are not added yet; n is at least `cells`."""
        _use_one_thread()
        self._flat = _faiss.IndexFlatIP(vectors.shape[1])
        a_byte, is_residual = _faiss.ScalarQuantizer.QT_8bit_direct_signed, False
        self._index = _faiss.IndexIVFScalarQuantizer(
            self._flat, vectors.shape[1], cells, a_byte, _faiss.METRIC_INNER_PRODUCT, is_residual
        )
        self._index.cp.niter = 8
        self._index.cp.max_points_per_centroid = 40
        self._index.cp.min_points_per_centroid = 1
        self._index.nprobe = looked_into
        self._index.train(np.ascontiguousarray(vectors, np.float32))

    def add(self, vectors: Bytes, numbers: Numbers) -> None:
        """Add vectors (n, d) under these numbers."""
        _use_one_thread()
        self._index.add_with_ids(np.ascontiguousarray(vectors, np.float32), np.ascontiguousarray(numbers, np.int64))

    def nearest(self, queries: Floats, k: int, among: Mask) -> list[Numbers]:
        """For each query (m, d) the numbers of up to k vectors near to it, of those that `among` marks."""
        _use_one_thread()
        selector = _faiss.IDSelectorBitmap(np.packbits(among, bitorder="little"))
        parameters = _faiss.SearchParametersIVF(nprobe=self._index.nprobe, sel=selector)
        _, found = self._index.search(_in_whole_numbers(queries), k, params=parameters)
        return [numbers[numbers >= 0].astype(np.int64) for numbers in found]


def _in_whole_numbers(queries: Floats) -> Floats:
    """
    The same directions (m, d), each with 127 for its largest number, in whole numbers.

    faiss multiplies bytes with whole numbers where the processor can, and would cut off what is behind the point.
    """
    largest = np.abs(queries).max(axis=1, keepdims=True)
    whole: Floats = np.rint(queries * (127.0 / np.maximum(largest, 1e-9))).astype(np.float32)
    return whole


def _use_one_thread() -> None:
    """Let OpenMP use only the calling thread; its helpers would spin, and the other cores belong to other requests."""
    _faiss.omp_set_num_threads(1)
