"""A message and a form with everything Discord's components can be."""

from __future__ import annotations

from typing import Any

LONG = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"
OPTIONS = [
    {"label": "Red", "value": "red", "description": "like a cherry", "emoji": {"name": "🍒"}},
    {"label": LONG, "value": "long", "description": LONG},
    {"label": "Blue", "value": "blue", "default": True},
]
TEXT = f"""# Heading one
## Heading two
### Heading three
**bold** *italic* __underlined__ ~~gone~~ `code` ||hidden|| <t:1767254400:R> [link](https://example.org)
- one
  - inside
- two {LONG}
1. first
2. second
> quoted **strongly**
> and on
```py
print("a very long line of code that must not push the card apart, however long it gets, {LONG}")
```
-# small print"""


def text(words: str) -> dict[str, Any]:
    return {"type": 10, "content": words}


def button(label: str | None, style: int, **more: Any) -> dict[str, Any]:
    return {"type": 2, "label": label, "style": style, "custom_id": f"b{style}{label}", **more}


def menu(kind: int, **more: Any) -> dict[str, Any]:
    return {"type": 1, "components": [{"type": kind, "custom_id": f"menu{kind}", **more}]}


def message() -> dict[str, Any]:
    """A body with every component a message can have, in 40 parts or fewer."""
    buttons = [button(name, style) for style, name in enumerate(("Primary", "Secondary", "Success", "Danger"), 1)]
    link = {"type": 2, "label": "Link", "style": 5, "url": "https://example.org"}
    others = [
        button("Cannot be pressed", 1, disabled=True),
        {"type": 2, "emoji": {"name": "👍"}, "style": 2, "custom_id": "emoji"},
        button(LONG[:78], 2),
    ]
    return {
        "flags": 1 << 15,
        "components": [
            {
                "type": 17,
                "accent_color": 0x3BA55D,
                "components": [
                    text(TEXT),
                    {"type": 14, "spacing": 2},
                    {"type": 9, "components": [text("A section"), text("of two texts")], "accessory": button("Go", 1)},
                    {
                        "type": 9,
                        "components": [text("With a thumbnail")],
                        "accessory": {"type": 11, "media": {"url": "attachment://dot.png"}, "description": "a dot"},
                    },
                    {
                        "type": 12,
                        "items": [{"media": {"url": "https://example.org/x.png"}, "description": "elsewhere"}],
                    },
                    {"type": 13, "file": {"url": "attachment://all.md"}},
                    {"type": 1, "components": [*buttons, link]},
                ],
            },
            {"type": 17, "spoiler": True, "components": [text("not for every eye")]},
            {"type": 1, "components": others},
            menu(3, options=OPTIONS, max_values=2, placeholder=f"Choose {LONG[:60]}"),
            menu(5),
            menu(6, min_values=0, max_values=3),
            menu(8, placeholder="A channel"),
        ],
    }


def form() -> dict[str, Any]:
    """A modal with five parts; what does not fit stands in `other_form`."""
    return {
        "title": LONG[:45],
        "custom_id": "form",
        "components": [
            text(f"Read this first: {LONG}"),
            label("Words", {"type": 4, "custom_id": "words", "style": 2, "max_length": 4000, "placeholder": LONG}),
            label("One line", {"type": 4, "custom_id": "line", "style": 1, "value": "given", "required": False}),
            label("Colour", {"type": 3, "custom_id": "colour", "options": OPTIONS, "required": False}),
            label(LONG[:45], {"type": 21, "custom_id": "radio", "options": OPTIONS[:2]}, LONG),
        ],
    }


def other_form() -> dict[str, Any]:
    """A modal with the other kinds of fields."""
    boxes = {"type": 22, "custom_id": "boxes", "options": OPTIONS, "required": False, "min_values": 0, "max_values": 2}
    return {
        "title": "The rest",
        "custom_id": "other",
        "components": [
            label("Boxes", boxes),
            label("One box", {"type": 23, "custom_id": "box", "default": True}),
            label("Files", {"type": 19, "custom_id": "files", "required": False, "min_values": 0, "max_values": 2}),
            label("Who", {"type": 5, "custom_id": "who", "required": False}),
            {"type": 1, "components": [{"type": 4, "custom_id": "old", "label": "The old kind", "style": 1}]},
        ],
    }


def label(words: str, component: dict[str, Any], about: str | None = None) -> dict[str, Any]:
    return {"type": 18, "label": words, "description": about, "component": component}
