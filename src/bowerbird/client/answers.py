"""What is asked and answered."""

from collections.abc import Iterator, Sequence

from bowerbird.client.connection import ApiError, Connection, Event, Json, given

__all__ = ["AnswerCalls"]


class AnswerCalls(Connection):
    """Calls of questions and answers."""

    def ask(self, question: str, *, conversation: str | None = None, as_of: float | None = None) -> Json:
        """
        An answer whose claims cite exact spans: `{"answer", "abstained", "claims": […], …}`.

        In a `conversation` it is understood by what was said there; `as_of` a time it is what was stored then.
        """
        return self._send("POST", "/v1/ask", given(question=question, conversation=conversation, as_of=as_of))

    def ask_step_by_step(
        self, question: str, *, conversation: str | None = None, as_of: float | None = None
    ) -> Iterator[Event]:
        """The same step by step: a `step` for what each agent did, then `answer`. Raises ApiError when that fails."""
        asked = given(question=question, conversation=conversation, as_of=as_of)
        for event in self._stream("POST", "/v1/ask", body=asked):
            if event.name == "problem":
                raise ApiError(int(event.data.get("status", 500)), event.data)
            yield event

    def answers(self, *, limit: int = 50, before: str | None = None) -> Sequence[Json]:
        """One's own answers, the newest first; those before the one with the id `before`."""
        return list(self._get("/v1/answers", limit=limit, before=before)["answers"])

    def answer(self, answer: str) -> Json:
        """A kept answer, with what of it is stale."""
        return self._get(f"/v1/answers/{answer}")

    def answer_as_markdown(self, answer: str) -> str:
        """A kept answer as a document with its sources."""
        return self._read(f"/v1/answers/{answer}.md").text

    def conversation(self, conversation: str) -> Json:
        """The questions of a conversation with their answers."""
        return self._get(f"/v1/conversations/{conversation}")

    def share(self, answer: str) -> Json:
        """Let everyone in the workspace read an answer."""
        return self._send("POST", f"/v1/answers/{answer}/share")

    def stop_sharing(self, answer: str) -> None:
        """Keep an answer to oneself again."""
        self._send("DELETE", f"/v1/answers/{answer}/share")

    def judge(self, answer: str, thumb: str, *, reason: str | None = None, text: str = "") -> Json:
        """Say whether an answer helped: `thumb` is "up" or "down"; what was said of it before is replaced."""
        return self._send("POST", "/v1/feedback", given(answer=answer, thumb=thumb, reason=reason, text=text))

    def take_back(self, feedback: str) -> None:
        """Forget what was said of an answer."""
        self._send("DELETE", f"/v1/feedback/{feedback}")
