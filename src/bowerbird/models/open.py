"""The setting `llm` to a model; imported with what it needs only when a model is wanted."""

from bowerbird.kernel.errors import NotSupported
from bowerbird.models.address import LlmAddress, parse_llm
from bowerbird.models.chat import ChatModel
from bowerbird.settings import ModelSettings

__all__ = ["open_model"]


def open_model(llm: str, settings: ModelSettings) -> ChatModel | None:
    """
    The model that `llm` names, with nothing around it yet; None for `none`.

    Raises InputWrong for what names no model, NotSupported when a package or a key is missing.
    """
    address = parse_llm(llm, base_url=settings.base_url)
    if address is None:
        return None
    if address.kind == "local":
        from bowerbird.models.local import LocalModel

        return LocalModel(address.path, context_tokens=settings.context_tokens, timeout_s=settings.timeout_s)
    return _provider(address, settings)


def _provider(address: LlmAddress, settings: ModelSettings) -> ChatModel:
    try:
        from bowerbird.models.providers import open_provider

        price = settings.price if settings.has_price else None
        return open_provider(
            address, api_key=settings.api_key.get_secret_value(), price=price, timeout_s=settings.timeout_s
        )
    except ImportError as error:
        raise NotSupported(
            f"llm: {address.kind} needs packages that are not installed ({error.name}): pip install 'bowerbird[models]'"
        ) from error
