"""What is learnt from what people do: arrays in, arrays out; nothing here has heard of events or records."""

__all__: list[str] = []
