"""New phrases: ask for connections, make a duet that has them beside the one at hand, and keep or discard what was made."""

# mypy: disable-error-code="valid-type"
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import bpy
from bpy.props import BoolProperty, EnumProperty, IntProperty, StringProperty

from ...duet_core.clip import Clip
from ...duet_core.errors import InputError
from ...duet_core.generation.requests import Request
from .. import apart, jobs
from ..names import CONTEXT
from ..preferences import first_look
from ..scene import asking, tries
from ..scene.memory import Recall, about_clip, duet_of, duets, first_frame, packed_connections, prefix_of, remember_how, sources_of
from ..scene.moments import select_joints
from ..scene.redraw import drawing, plan, shown_so_far
from ..scene.threads import Planned
from ..scene.timing import scene_rate
from ..wording import capital, counted, in_words, said, together
from .inferring import KEPT
from .polls import OnDuet, has_duet, the_duet
from .reporting import guarded
from .working import Steps, Working, idle

if TYPE_CHECKING:  # what makes phrases is read when the first one is asked for
    from ...duet_core.generation.making import Order

SCOPES = [
    ("FRAME", "This Frame", "Those of the present frame"),
    ("TAKE", "Whole Take", "Those of the whole take"),
]


class _OnAsked(OnDuet):
    """What changes the list of asked connections."""

    bl_options: ClassVar[set[str]] = {"REGISTER", "UNDO"}
    report: Callable[[set[str], str], None]

    def _on(self, context: bpy.types.Context, action: Callable[[str], object]) -> set[str]:
        def work() -> None:
            action(the_duet(context))

        return guarded(self, work)


class DUET_OT_ask(_OnAsked, bpy.types.Operator):
    """Ask for a connection between two selected bones, one of each dancer: the active one answers, in the preview range or for two seconds from here on"""

    bl_idname = "duet.ask"
    bl_label = "Ask for Connection"

    def execute(self, context: bpy.types.Context) -> set[str]:
        def action(duet: str) -> None:
            (source, i), (target, j) = asking.picked(duet, context)
            joints, fps, start = about_clip(duet)["skeleton"].joints, about_clip(duet)["fps"], first_frame(duet)
            first, last = ((frame - start) / fps for frame in asking.asked_frames(context.scene))
            asking.add_request(duet, Request(source, joints[i], target, joints[j], start=first, end=last))

        return self._on(context, action)


class DUET_OT_ask_more(_OnAsked, bpy.types.Operator):
    """Add a connection between the dancers' hands, to be changed below the list"""

    bl_idname = "duet.ask_more"
    bl_label = "Add Connection"

    def execute(self, context: bpy.types.Context) -> set[str]:
        def action(duet: str) -> None:
            about, start = about_clip(duet), first_frame(duet)
            skeleton = about["skeleton"]
            hands = [joint if (joint := skeleton.index(name)) is not None else 0 for name in ("left_wrist", "right_wrist")]
            first, last = ((frame - start) / about["fps"] for frame in asking.asked_frames(context.scene))
            asking.add_request(duet, Request(0, skeleton.joints[hands[0]], 1, skeleton.joints[hands[1]], start=first, end=last))

        return self._on(context, action)


class DUET_OT_ask_found(_OnAsked, bpy.types.Operator):
    """Ask for the strongest of the connections that were found; those that are in the list already stay as they are"""

    bl_idname = "duet.ask_found"
    bl_label = "From Found"

    scope: EnumProperty(name="Scope", description="Which of the found connections", items=SCOPES)
    most: IntProperty(name="Most", description="At most so many, the strongest", default=5, min=1, soft_max=40)

    def execute(self, context: bpy.types.Context) -> set[str]:
        def action(duet: str) -> None:
            frame = context.scene.frame_current if self.scope == "FRAME" else None
            added = asking.add_new(duet, asking.strongest_found(duet, frame, self.most))
            self.report({"INFO"}, counted(added, "1 connection was added", "{count} connections were added"))

        return self._on(context, action)


class DUET_OT_ask_proposed(_OnAsked, bpy.types.Operator):
    """Ask for connections by chance, in the preview range or the whole take, as a score to begin with; a dancer who will stay as danced does not answer"""

    bl_idname = "duet.ask_proposed"
    bl_label = "Propose"

    most: IntProperty(
        name="Number",
        description="So many, fewer where limbs or time do not suffice",
        default=3,
        min=1,
        soft_max=12,
        translation_context=CONTEXT,
    )
    seed: IntProperty(
        name="Seed",
        description="Another seed, another proposal; below 0 each press proposes others",
        default=-1,
        min=-1,
        options={"SKIP_SAVE"},
    )

    def execute(self, context: bpy.types.Context) -> set[str]:
        def action(duet: str) -> None:
            way = context.scene.duet.phrases
            one = {"A": 0, "B": 1}.get(way.whom)
            answers = {"PARTNER_A": 1, "PARTNER_B": 0, "VARY": one, "BETWEEN": one}.get(way.way)
            seed = self.seed if self.seed >= 0 else way.seed + 1000 * len(asking.list_of(duet).requests)
            added = asking.add_proposed(duet, context.scene, self.most, seed, answers)
            self.report({"INFO"}, counted(added, "1 connection was added", "{count} connections were added"))

        return self._on(context, action)


class DUET_OT_unask(_OnAsked, bpy.types.Operator):
    """Take the chosen connection, or all of them, out of the list"""

    bl_idname = "duet.unask"
    bl_label = "Remove Asked Connection"

    every: BoolProperty(name="All", description="All of them", default=False, options={"SKIP_SAVE"})

    def execute(self, context: bpy.types.Context) -> set[str]:
        def action(duet: str) -> None:
            kept = asking.list_of(duet)
            if self.every:
                kept.requests.clear()
            elif 0 <= kept.active < len(kept.requests):
                kept.requests.remove(kept.active)
            else:
                raise InputError("no connection is chosen", remedy="choose one in the list")
            kept.active = max(0, min(kept.active, len(kept.requests) - 1))

        return self._on(context, action)


class DUET_OT_select_asked(_OnAsked, bpy.types.Operator):
    """Select the two bones of the chosen connection, and go to the frame at which it begins"""

    bl_idname = "duet.select_asked"
    bl_label = "Select Bones"

    def execute(self, context: bpy.types.Context) -> set[str]:
        def action(duet: str) -> None:
            kept = asking.list_of(duet)
            if not 0 <= kept.active < len(kept.requests):
                raise InputError("no connection is chosen", remedy="choose one in the list")
            row, skeleton = kept.requests[kept.active], about_clip(duet)["skeleton"]
            source = 0 if row.direction == "AB" else 1
            for name in (row.from_joint, row.to_joint):
                if name not in skeleton.joints:
                    raise InputError(f"there is no joint {name!r}", remedy="choose others below the list")
            ends = (source, skeleton.joints.index(row.from_joint)), (1 - source, skeleton.joints.index(row.to_joint))
            select_joints(sources_of(duet), ends)
            context.scene.frame_set(row.first)

        return self._on(context, action)


class _Made:
    """One try, with what only a thread has time for."""

    def __init__(self, order: "Order", made: apart.Made, planned: Planned | None) -> None:
        self.order, self.made, self.packed, self.shaped, self.planned = order, made.made, made.packed, made.shaped, planned


class _Generating(Working):
    """What making and making another share."""

    report: Callable[[set[str], str], None]
    _replaces = ""
    """The try that gives way."""
    _other: tuple[str, int | None] | None = None
    """The duet that is mixed in, and which dancer of it, None for both."""

    def _job_of(
        self, context: bpy.types.Context, duet: str | None, orders: "list[Order]", requests: list[Request], model: str, place: str
    ) -> jobs.Job[list[_Made]]:
        """Have *orders* made of *duet*, or of nothing."""
        from ...duet_core.evaluation.tries import attempt
        from ...duet_core.figures import figures
        from ...duet_core.generation.generator import folder_of

        folder_of(model)  # where there is none, it is said before anything is read
        self._duet, self._scene, self._place, self._model = duet, context.scene.name, place, model
        self._recall = recall = Recall(duet) if duet else None
        mixed = Recall(self._other[0]) if self._other else None
        self._mixed_in = (prefix_of(self._other[0]), self._other[1]) if self._other else None
        in_window, threshold = self._in_window, float((shown_so_far(duet) if duet else first_look())["threshold"])
        self._method = method = context.scene.duet.method
        about: dict[str, Any] = {"model": model, "method": method, "fps": None if duet else scene_rate(context.scene)}

        def one(order: "Order", clip: Clip | None, progress: jobs.Progress, cancelled: jobs.Asked) -> _Made:
            made, other = None, _mixed(mixed.clip, self._other[1]) if mixed and self._other else None
            if in_window:
                try:
                    made = apart.make(order, clip, requests, progress, cancelled, other=other, **about)
                except apart.CannotStart as error:
                    print(f"Phrases are made inside Blender: {error}")
            if made is None:
                here = attempt(order, clip, requests, other=other, kept=KEPT, progress=progress, cancelled=cancelled, **about)
                made = apart.Made(here, packed_connections(here.found) if here.found else "", figures(here.clip))
            found = made.made.found
            return _Made(order, made, plan(made.made.clip, found, threshold) if found else None)

        def work(progress: jobs.Progress, cancelled: jobs.Asked) -> list[_Made]:
            made = []
            for number, order in enumerate(orders):

                def told(share: float, detail: str = "", number: int = number) -> None:
                    progress((number + share) / len(orders), detail)

                made.append(one(order, recall.clip if recall else None, told, cancelled))
            return made

        return jobs.Job("Making a phrase", work, before=_read(recall, mixed) if recall else None)

    def _finish(self, context: bpy.types.Context, result: list[_Made]) -> Steps:
        if self._scene not in bpy.data.scenes or (self._duet and self._duet not in duets(bpy.data.scenes[self._scene])):
            raise InputError("the duet was removed meanwhile", place=self._duet, remedy="import the poses again")
        if self._replaces and not tries.is_try(self._replaces):
            raise InputError("the try was kept or removed meanwhile", place=self._replaces, remedy="press Generate")
        with _same_mode():
            if self._replaces:
                tries.discard(self._replaces, bpy.data.scenes[self._scene])
            clip = self._recall.clip if self._recall else None
            for one in result:
                made = yield from tries.building(
                    one.made, one.order, original=self._duet, clip=clip, scene=self._scene, place=self._place, model=self._model,
                    shaped=one.shaped, name=self._replaces, other=self._mixed_in,
                )  # fmt: skip
                if one.made.found is not None:
                    shown = shown_so_far(self._duet or made)
                    yield from drawing(
                        made, one.made.clip, one.made.found, **shown, scene=self._scene, packed=one.packed, planned=one.planned
                    )
                    remember_how(made, self._method, None, None)
                self._tell(made, one.made.notes)

    def _tell(self, duet: str, notes: tuple[str, ...]) -> None:
        for note in notes:
            self.report({"WARNING"}, capital(in_words(note)))
        found, asked = tries.found_again(duet)
        again = counted(
            asked,
            "{duet} is made: {found} of 1 asked connection is found in it. Keep or discard it",
            "{duet} is made: {found} of {count} asked connections are found in it. Keep or discard it",
            duet=duet,
            found=found,
        )
        self.report({"INFO"}, again if asked else said("{duet} is made. Keep or discard it", duet=duet))


@contextmanager
def _same_mode() -> Iterator[None]:
    """What is built within the block leaves the mode as it was: bones are selected in Pose Mode, and dancers are built in another."""
    posing = bpy.context.mode == "POSE"
    try:
        yield
    finally:
        active = bpy.context.view_layer.objects.active
        if posing and active is not None and active.type == "ARMATURE" and bpy.context.mode == "OBJECT":
            bpy.ops.object.mode_set(mode="POSE")


class DUET_OT_generate(_Generating, bpy.types.Operator):
    """Make a new phrase as chosen here, with the connections that are asked for, as new dancers beside the duet, which stays as it is"""

    bl_idname = "duet.generate"
    bl_label = "Generate"
    bl_options: ClassVar[set[str]] = {"UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if not idle(cls):
            return False
        return context.scene.duet.phrases.way == "NEW" or has_duet(cls, context, reads_only=True)

    def _begin(self, context: bpy.types.Context) -> jobs.Job[list[_Made]]:
        settings = context.scene.duet.phrases
        duet = duet_of(context.object, context.scene)
        if duet is None and settings.way != "NEW":
            raise InputError("there is no duet in this scene", remedy="import one with File > Import > Duet Poses, or make a New Phrase")
        order = _order(settings, context.scene, duet)
        if settings.way == "BETWEEN" and duet is not None:
            self._other = _mixed_with(settings, context.scene, duet)
        many = 1 if settings.way == "BETWEEN" else settings.tries  # nothing is left to chance
        orders = [replace(order, seed=settings.seed + number) for number in range(many)]
        requests = asking.requests_of(duet) if duet else []
        return self._job_of(context, duet, orders, requests, _model(settings), settings.place)


def _read(recall: Recall, mixed: Recall | None) -> Generator[float, None, None]:
    """Read a duet, and another one that is mixed in."""
    parts = [recall, *([mixed] if mixed else [])]
    for number, part in enumerate(parts):
        for share in part.steps():
            yield (number + share) / len(parts)


def _mixed(clip: Clip, dancer: int | None) -> Clip:
    from ...duet_core.generation.partner import one_dancer

    return clip if dancer is None else one_dancer(clip, dancer)


def _mixed_with(settings: Any, scene: bpy.types.Scene, duet: str) -> tuple[str, int | None] | None:
    """The duet that is to be mixed in, and which dancer of it, None for both; None for the partner in the same duet."""
    there = [other for other in duets(scene) if other != duet]
    if settings.other:
        if settings.other not in there:
            remedy = f"choose {' or '.join(there)} under With" if there else "import a second duet, or leave With empty"
            raise InputError(f"there is no second duet called {settings.other!r}", remedy=remedy)
        return settings.other, None if settings.whom == "BOTH" else "AB".index(settings.other_dancer)
    if settings.whom == "BOTH":
        raise InputError("no second duet is chosen", remedy="choose one under With, or one dancer under Who")
    return None


def _model(settings: Any) -> str:
    from ...duet_core.generation.generator import DEFAULT

    return str(Path(bpy.path.abspath(settings.generator))) if settings.generator else DEFAULT


def _order(settings: Any, scene: bpy.types.Scene, duet: str | None) -> "Order":
    """What the panel's settings ask for, in seconds of the duet's clip."""
    from ...duet_core.generation.making import Order

    about: dict[str, Any] = {"temperature": settings.temperature, "seed": settings.seed, "amount": settings.amount}
    way = settings.way
    if way == "CONTINUE":
        return Order("continue", seconds=settings.seconds, **about)
    if way == "NEW":
        return Order("sample", seconds=settings.seconds, **about)
    whom = {"BOTH": None, "A": 0, "B": 1}[settings.whom]
    if way == "BETWEEN":
        return Order("interpolate", whom, share=settings.share if settings.throughout else None, **about)
    within = None
    if duet is not None and settings.only_range and (way == "VARY" or settings.base != "new"):
        if not scene.use_preview_range:
            raise InputError("the timeline has no preview range", remedy="set one with P in the timeline, or switch Only Preview Range off")
        fps, start = about_clip(duet)["fps"], first_frame(duet)
        first, last = ((frame - start) / fps for frame in (scene.frame_preview_start, scene.frame_preview_end))
        within = max(first, 0.0), last
    if way == "VARY":
        return Order("vary", whom, within=within, **about)
    return Order("partner", 0 if way == "PARTNER_A" else 1, settings.base, within=within, **about)


class _OnTry(OnDuet):
    """What says what becomes of a try: of the one that is *name*d, or else of the one at hand."""

    bl_options: ClassVar[set[str]] = {"REGISTER", "UNDO"}
    name: StringProperty(name="Try", description="Which try; by default the one at hand", options={"HIDDEN", "SKIP_SAVE"})

    def _try(self, context: bpy.types.Context) -> str:
        duet = self.name or duet_of(context.object, context.scene) or ""
        if duet in duets(context.scene) and tries.is_try(duet):
            return duet
        there = tries.tries(context.scene)
        if not self.name and len(there) == 1:
            return there[0]
        raise InputError(
            f"{duet or 'this'} is no try", remedy=f"select a dancer of {' or '.join(there)}" if there else "press Generate first"
        )


class DUET_OT_another(_OnTry, _Generating, bpy.types.Operator):
    """Discard this try and make another one with the next seed, as it was made, with the connections of its own list"""

    bl_idname = "duet.another"
    bl_label = "Another"
    bl_options: ClassVar[set[str]] = {"UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return idle(cls) and has_duet(cls, context)

    def _begin(self, context: bpy.types.Context) -> jobs.Job[list[_Made]]:
        from ...duet_core.generation.making import Order

        duet = self._try(context)
        made = tries.about(duet)
        assert made is not None
        original = tries.original_of(duet, context.scene)
        if original is None and made["original"] is not None:
            raise InputError("the duet that this was made of is gone", place=duet, remedy="keep it, or discard it")
        order = replace(Order.from_dict(made["order"]), seed=tries.next_seed(duet, context.scene))
        mixed = tries.mixed_in(duet, context.scene)
        if mixed is not None:
            if mixed[0] is None:
                raise InputError("the duet that was mixed in is gone", place=duet, remedy="keep it, or discard it")
            self._other = mixed[0], mixed[1]
        self._replaces = duet
        return self._job_of(context, original, [order], asking.requests_of(duet), made["model"], made["place"])


class DUET_OT_keep_try(_OnTry, bpy.types.Operator):
    """Keep this try: it becomes a duet like any other"""

    bl_idname = "duet.keep_try"
    bl_label = "Keep"

    def execute(self, context: bpy.types.Context) -> set[str]:
        def action() -> None:
            duet = self._try(context)
            tries.keep(duet)
            self.report({"INFO"}, said("{duet} is kept", duet=duet))

        return guarded(self, action)


class DUET_OT_select_try(_OnTry, bpy.types.Operator):
    """Show this try beside the duet that it was made of, and select a dancer of it: all panels show its connections then, and what was asked of it"""

    bl_idname = "duet.select_try"
    bl_label = "Show Try"

    view: BoolProperty(name="View", description="Have the 3D views show it", default=True)

    def execute(self, context: bpy.types.Context) -> set[str]:
        return guarded(self, lambda: tries.select(self._try(context), view=self.view and not bpy.app.background))


class DUET_OT_discard_try(_OnTry, bpy.types.Operator):
    """Remove this try, or all of them, with all that was made for it; nothing else changes"""

    bl_idname = "duet.discard_try"
    bl_label = "Discard"

    every: BoolProperty(name="All", description="All tries of this scene", default=False, options={"SKIP_SAVE"})

    def execute(self, context: bpy.types.Context) -> set[str]:
        def action() -> None:
            gone = tries.tries(context.scene) if self.every else [self._try(context)]
            with _same_mode():
                for duet in gone:
                    tries.discard(duet, context.scene)
            if gone:
                self.report({"INFO"}, counted(len(gone), "{tries} is removed", "{tries} are removed", tries=together(gone)))
            else:
                self.report({"INFO"}, said("Nothing is removed"))

        return guarded(self, action)


CLASSES = (
    DUET_OT_ask, DUET_OT_ask_more, DUET_OT_ask_found, DUET_OT_ask_proposed, DUET_OT_unask, DUET_OT_select_asked, DUET_OT_generate, DUET_OT_another, DUET_OT_keep_try,
    DUET_OT_select_try, DUET_OT_discard_try,
)  # fmt: skip
