"""
Models behind a network, through pydantic-ai: what one provider's protocol is, and what its errors mean, is known there.

Nothing here is imported unless `llm` names such a model (decision 0016). Of pydantic-ai the model classes are used and
not its agents: one request at a time passes through our budget, cache and breaker.
"""

from collections.abc import AsyncGenerator, Callable, Sequence
from typing import Any

import httpx2
from pydantic_ai.direct import model_request_stream
from pydantic_ai.exceptions import ModelAPIError, ModelHTTPError, UnexpectedModelBehavior, UserError
from pydantic_ai.messages import (
    ModelMessage,
    ModelRequest,
    ModelResponse,
    PartDeltaEvent,
    PartStartEvent,
    SystemPromptPart,
    TextPart,
    TextPartDelta,
    UserPromptPart,
)
from pydantic_ai.models import Model, ModelRequestParameters
from pydantic_ai.output import OutputObjectDefinition
from pydantic_ai.settings import ModelSettings

from bowerbird.kernel.errors import ModelUnavailable, NotSupported
from bowerbird.models.address import LlmAddress
from bowerbird.models.chat import Message, Reply, Request, Usage, roughly

__all__ = ["ProviderModel", "open_provider"]

# Statuses after which the same request may be answered; after all other 4xx the operator has to change something.
PASSING = frozenset({408, 409, 425, 429})
MAX_MESSAGE = 300
OLLAMA_URL = "http://127.0.0.1:11434/v1"

Price = Callable[[int, int], float]  # of tokens read and written, in dollars


class ProviderModel:
    """One model of one provider."""

    def __init__(self, model: Model[Any], http: httpx2.AsyncClient, *, name: str, price: Price | None = None) -> None:
        """`price` wins over what is known of the provider's prices."""
        self.name = name
        self._model = model
        self._http = http
        self._price = price

    async def stream(self, request: Request) -> AsyncGenerator[str | Reply]:
        """The pieces as the provider streams them."""
        try:
            async with model_request_stream(
                self._model,
                _messages(request.messages),
                # Retries have a budget of their own (`Retried`), and times an end (`Guarded`).
                model_settings=ModelSettings(max_tokens=request.max_tokens, temperature=0.0, max_retries=0),
                model_request_parameters=self._parameters(request),
            ) as events:
                async for event in events:
                    match event:
                        case (
                            PartStartEvent(part=TextPart(content=text))
                            | PartDeltaEvent(delta=TextPartDelta(content_delta=text))
                        ) if text:
                            yield text
                        case _:
                            pass
                response = events.get()
        except ModelAPIError as error:
            raise _translated(self.name, error) from error
        except UnexpectedModelBehavior as error:
            raise ModelUnavailable(f"{self.name} broke off its answer: {_short(error)}") from error
        except httpx2.HTTPError as error:
            raise ModelUnavailable(
                f"{self.name} broke off its answer: {_short(error) or type(error).__name__}"
            ) from error
        yield self._reply(request, response)

    async def ping(self) -> None:
        """Ask for the list of models, which every one of these protocols has."""
        try:
            response = await self._http.get(f"{self._model.base_url or ''}".rstrip("/") + "/models", timeout=5)
        except httpx2.HTTPError as error:
            raise ModelUnavailable(f"{self.name} cannot be reached: {_short(error)}") from error
        if response.status_code >= 500:
            raise ModelUnavailable(f"{self.name} answers with status {response.status_code}")

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    def _parameters(self, request: Request) -> ModelRequestParameters:
        if request.schema is None:
            return ModelRequestParameters()
        native = self._model.profile.get("supports_json_schema_output", False)
        return ModelRequestParameters(
            output_mode="native" if native else "prompted",
            output_object=OutputObjectDefinition(json_schema=dict(request.schema), name="answer", strict=True),
        )

    def _reply(self, request: Request, response: ModelResponse) -> Reply:
        text = "".join(part.content for part in response.parts if isinstance(part, TextPart))
        read = response.usage.input_tokens or request.estimated_tokens
        written = response.usage.output_tokens or (roughly(text) if text else 0)
        return Reply(
            text=text,
            model=self.name,
            usage=Usage(read, written, self._cost(response, read, written)),
            is_cut=response.finish_reason == "length",
        )

    def _cost(self, response: ModelResponse, read: int, written: int) -> float | None:
        if self._price is not None:
            return self._price(read, written)
        try:
            return float(response.cost().total_price)
        except (LookupError, ValueError, AssertionError):  # nobody knows its prices
            return None


def open_provider(address: LlmAddress, *, api_key: str, price: Price | None, timeout_s: float) -> ProviderModel:
    """The model of a provider; raises NotSupported for what is missing here."""
    http = httpx2.AsyncClient(timeout=httpx2.Timeout(timeout_s, connect=5.0), limits=httpx2.Limits(max_connections=50))
    try:
        model = _model(address, api_key, http)
    except UserError as error:
        raise NotSupported(f"llm: {_short(error)}; the key is the setting models.api_key") from error
    return ProviderModel(model, http, name=f"{address.kind}:{address.model}", price=price)


def _model(address: LlmAddress, api_key: str, http: httpx2.AsyncClient) -> Model[Any]:
    url = address.base_url or None
    if address.kind in ("openai", "anthropic", "google") and not api_key and url is None:
        raise NotSupported(f"llm: {address.kind} wants a key: set models.api_key (BOWERBIRD_MODELS__API_KEY)")
    # A key that nobody asks for is still sent by these clients, and its absence refused: so it says that it is none.
    key = api_key or "none"
    match address.kind:
        case "anthropic":
            from pydantic_ai.models.anthropic import AnthropicModel
            from pydantic_ai.providers.anthropic import AnthropicProvider

            return AnthropicModel(
                address.model, provider=AnthropicProvider(api_key=key, base_url=url, http_client=http)
            )
        case "google":
            from pydantic_ai.models.google import GoogleModel
            from pydantic_ai.providers.google import GoogleProvider

            return GoogleModel(address.model, provider=GoogleProvider(api_key=key, base_url=url, http_client=http))
        case "ollama":
            from pydantic_ai.models.ollama import OllamaModel
            from pydantic_ai.providers.ollama import OllamaProvider

            ollama = OllamaProvider(base_url=url or OLLAMA_URL, api_key=key, http_client=http)
            return OllamaModel(address.model, provider=ollama)
        case _:
            from pydantic_ai.models.openai import OpenAIChatModel
            from pydantic_ai.providers.openai import OpenAIProvider

            # Said outright, so that OPENAI_BASE_URL in the environment does not send our texts elsewhere.
            openai = OpenAIProvider(base_url=url or "https://api.openai.com/v1", api_key=key, http_client=http)
            return OpenAIChatModel(address.model, provider=openai)


def _messages(said: Sequence[Message]) -> list[ModelMessage]:
    messages: list[ModelMessage] = []
    for message in said:
        match message.role:
            case "system":
                messages.append(ModelRequest(parts=[SystemPromptPart(message.text)]))
            case "user":
                messages.append(ModelRequest(parts=[UserPromptPart(message.text)]))
            case "assistant":
                messages.append(ModelResponse(parts=[TextPart(message.text)]))
    return messages


def _translated(name: str, error: ModelAPIError) -> ModelUnavailable | NotSupported:
    if isinstance(error, ModelHTTPError) and 400 <= error.status_code < 500 and error.status_code not in PASSING:
        setting = {401: "models.api_key", 403: "models.api_key", 404: "llm"}.get(error.status_code, "llm")
        return NotSupported(
            f"{name} refuses the request with status {error.status_code}: {_short(error)}; see the setting {setting}"
        )
    return ModelUnavailable(f"{name} did not answer: {_short(error)}", retry_after_s=error.retry_after)


def _short(error: Exception) -> str:
    """An error's first line; providers put whole requests into them."""
    return str(error).partition("\n")[0][:MAX_MESSAGE]
