"""
Makes `src/bowerbird/models/words.npz`: the vector of every piece of the embedder's vocabulary, alone.

Each piece is read by the embedder by itself, the mean is taken off, and what is left is turned to its principal
directions, of which the first DIMENSIONS are kept in eight bits. Needs about a minute.
"""

import numpy as np

from bowerbird.models.embed import TOKENIZER, WEIGHTS
from bowerbird.models.words import TABLE

DIMENSIONS = 96
AT_ONCE = 170


def main() -> None:
    import onnxruntime
    from tokenizers import Tokenizer

    vocabulary = Tokenizer.from_file(str(TOKENIZER.locate())).get_vocab()
    pieces = sorted(piece for word, piece in vocabulary.items() if _is_of_words(word))
    session = onnxruntime.InferenceSession(str(WEIGHTS.locate()))
    first, last = vocabulary["[CLS]"], vocabulary["[SEP]"]
    read = []
    for start in range(0, len(pieces), AT_ONCE):
        ids = np.array([[first, piece, last] for piece in pieces[start : start + AT_ONCE]], np.int64)
        feed = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
        read.append(np.asarray(session.run(["last_hidden_state"], feed)[0], np.float32).mean(axis=1))
    vectors = np.concatenate(read)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    vectors -= vectors.mean(axis=0)
    _, directions = np.linalg.eigh(vectors.T @ vectors)  # of ascending weight
    kept = vectors @ directions[:, ::-1][:, :DIMENSIONS]  # (n, DIMENSIONS)
    kept /= np.maximum(np.linalg.norm(kept, axis=1, keepdims=True), 1e-12)
    scale = np.float32(np.abs(kept).max() / 127)
    small = np.round(kept / scale).astype(np.int8)
    np.savez_compressed(TABLE, vectors=small, scale=scale, pieces=np.array(pieces, np.int32))
    print(f"{len(pieces)} pieces, {TABLE.stat().st_size / 1e6:.2f} MB")


def _is_of_words(word: str) -> bool:
    return not word.startswith("[") and word.isascii() and any(mark.isalnum() for mark in word)


if __name__ == "__main__":
    main()
