"""Manifests and collections as museums write them; `HERE` stands for the address of the test's server."""

from typing import Any

Json = dict[str, Any]
V2, V3 = ("http://iiif.io/api/presentation/2/context.json", "http://iiif.io/api/presentation/3/context.json")
SERVICE: Json = {"id": "HERE/iiif/1", "type": "ImageService3", "profile": "level2"}


def pairs(**said: Any) -> list[Json]:
    return [{"label": {"en": [label.title()]}, "value": {"none": [value]}} for label, value in said.items()]


def canvas3(name: str, body: Any, **more: Any) -> Json:
    annotation = {"id": f"{name}/a", "type": "Annotation", "motivation": "painting", "body": body, "target": name}
    page = {"id": f"{name}/p", "type": "AnnotationPage", "items": [annotation]}
    return {"id": name, "type": "Canvas", "width": 3000, "height": 2000, "items": [page], **more}


def image3(address: str = "HERE/1.jpg", **more: Any) -> Json:
    return {"id": address, "type": "Image", "format": "image/jpeg", "width": 3000, "height": 2000, **more}


def manifest3(name: str, *canvases: Json, **more: Any) -> Json:
    made = {"@context": V3, "id": name, "type": "Manifest", "label": {"en": ["Dawn"]}, "items": list(canvases)}
    return made | {"metadata": pairs(artist="Claude Monet", date="1875.0", style="Impressionism")} | more


def manifest2(name: str, *resources: Json, **more: Any) -> Json:
    canvases = [
        {
            "@id": f"{name}/canvas/{n}",
            "@type": "sc:Canvas",
            "label": str(n),
            "width": 3000,
            "height": 2000,
            "images": [{"@type": "oa:Annotation", "motivation": "sc:painting", "resource": resource}],
        }
        for n, resource in enumerate(resources)
    ]
    sequences = [{"@type": "sc:Sequence", "canvases": canvases}]
    return {"@context": V2, "@id": name, "@type": "sc:Manifest", "label": "Dawn", "sequences": sequences} | more


def collection3(name: str, label: str, *parts: Json) -> Json:
    return {"@context": V3, "id": name, "type": "Collection", "label": {"en": [label]}, "items": list(parts)}


def a_manifest(name: str) -> Json:
    return {"id": name, "type": "Manifest", "label": {"en": ["somewhere"]}}


def a_collection(name: str) -> Json:
    return {"id": name, "type": "Collection", "label": {"en": ["somewhere"]}}
