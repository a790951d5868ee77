"""Lists of models, as each provider gives them."""

from bot_service.local_models.asked import Json, Refusal
from bot_service.local_models.catalog import Model, Provider, find_model, list_models

MAX_OUTPUT = 65_536
_CREATED, _CREATED_AT = 1_754_524_800, "2025-08-07T00:00:00Z"


def models_view(provider: Provider) -> Json:
    """Give all models of a provider."""
    views = [_view(model) for model in list_models(provider)]
    match provider:
        case "gemini":
            return {"models": views}
        case "anthropic":
            ends = {"first_id": views[0]["id"], "last_id": views[-1]["id"]}
            return {"data": views, "has_more": False, **ends}
        case _:
            return {"object": "list", "data": views}


def model_view(provider: Provider, name: str) -> Json:
    """Give one model of a provider.

    Raises:
        Refusal: There is no such model.
    """
    model = find_model(provider, name)
    if model is None:
        raise Refusal("unknown_model", param="model", model=name)
    return _view(model)


def _view(model: Model) -> Json:
    match model.provider:
        case "gemini":
            methods = ["embedContent", "batchEmbedContents"]
            if not model.embeds:
                methods = ["generateContent", "countTokens", "streamGenerateContent"]
            return {
                "name": f"models/{model.id}",
                "version": "001",
                "displayName": model.id,
                "inputTokenLimit": model.context_tokens,
                "outputTokenLimit": MAX_OUTPUT,
                "supportedGenerationMethods": methods,
            }
        case "anthropic":
            return {
                "type": "model",
                "id": model.id,
                "display_name": model.id,
                "created_at": _CREATED_AT,
            }
        case _:
            owner = "openai" if model.provider == "openai" else "library"
            return {"id": model.id, "object": "model", "created": _CREATED, "owned_by": owner}
