"""The questions of People: each says what will be done before it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.domain.people import Role
from app.domain.secrets import Secret
from app.i18n import _
from app.services.membership import NewMember
from app.ui.dialogs.ask import ask
from app.ui.widgets.form import FormItem
from app.ui.widgets.passphrase import passphrase_items
from app.wording.people import lost_in_words
from app.wording.terms import ROLES, in_words

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from PySide6.QtWidgets import QWidget

    from app.domain.joining import Invitation
    from app.domain.people import Member
    from app.services.key_exchange import Lost
    from app.services.people_views import PersonView
    from app.ui.page import Room
    from app.ui.runner import Work

type Done = Callable[[object], None]

_ANSWER = "answer"


def ask_new_member(parent: QWidget, room: Room, *, has_keyring: bool, done: Done) -> None:
    """Let somebody in whose keys are made on this machine."""
    membership, here = room.desk.membership, room.desk.here

    def add(values: Mapping[str, str], _work: Work) -> Member:
        return membership.add(here, _newcomer(values, _passphrase(values)))

    ask(
        parent,
        room,
        title=_("Add a member"),
        text=_(
            "Keys are made on this machine and certified by the workspace. Let the new member "
            "choose the passphrase: nobody else should know it."
        ),
        confirm=_("Add member"),
        fields=(*_who(), *_roles({Role.OFFICER}), *passphrase_items(is_required=not has_keyring)),
        work=add,
        done=done,
    )


def ask_invitation(parent: QWidget, room: Room, *, done: Done) -> None:
    """Invite somebody to a shared workspace; ``done`` gets her name and the ``Invitation``."""
    inviting = room.desk.inviting

    def invite(values: Mapping[str, str], _work: Work) -> tuple[str, Invitation]:
        new = _newcomer(values, None)
        return new.name, inviting.invite(new, login=values["login"])

    ask(
        parent,
        room,
        title=_("Invite a member"),
        text=_(
            "Her keys are made on her own machine. You get a text to send to her; she sends one "
            "back, and you compare six words with her before she is let in."
        ),
        confirm=_("Make the invitation"),
        fields=(
            *_who(),
            FormItem(
                "login",
                _("Login on the server"),
                hint=_("Whoever runs the server makes it; a password never passes through here."),
                is_required=True,
            ),
            *_roles({Role.OFFICER}),
        ),
        work=invite,
        done=done,
    )


def ask_answer(parent: QWidget, room: Room, *, done: Done) -> None:
    """Take an answer; ``done`` gets its text and who ``Answered``."""
    inviting = room.desk.inviting

    def look(values: Mapping[str, str], _work: Work) -> object:
        text = values[_ANSWER]
        return text, inviting.look(text)

    ask(
        parent,
        room,
        title=_("An answer to an invitation"),
        text=_("Paste what she sent you. Nobody is let in by that: six words are compared first."),
        confirm=_("Show the words"),
        fields=(FormItem(_ANSWER, _("Answer"), "long", is_required=True),),
        work=look,
        done=done,
    )


def ask_roles(parent: QWidget, room: Room, person: PersonView, *, done: Done) -> None:
    """Change what a member works as."""
    changes, member = room.desk.changes, person.member

    def change(values: Mapping[str, str], _work: Work) -> Member:
        return changes.change_roles(member.id, _chosen(values))

    ask(
        parent,
        room,
        title=_("Change the roles of {name}").format(name=member.name),
        text=_(
            "She gets a new certificate, and the old one counts no more; what she signed before "
            "stands. Keys of sources and of the authority that go with a role come or go with it; "
            "an officer who stops being one loses what was pulled, and what she has open closes."
        ),
        confirm=_("Change roles"),
        fields=_roles(member.roles),
        work=change,
        done=done,
    )


def ask_departure(
    parent: QWidget, room: Room, person: PersonView, lost: Lost, *, done: Done
) -> None:
    """Record that a member left."""
    changes, member = room.desk.changes, person.member
    text = _(
        "Her certificates are taken back as of now: she can no longer sign in or decide, and what "
        "is open for her closes at once. Secrets of sources that she knew are replaced. What she "
        "did stays on record."
    )
    more = lost_in_words(lost.requests, lost.sources)
    if more:
        more += " " + _("Hand it to a colleague first, or it is lost.")
    ask(
        parent,
        room,
        title=_("Record that {name} has left?").format(name=member.name),
        text=f"{text} {more}".strip(),
        confirm=_("Record departure"),
        kind="danger",
        work=lambda _values, _work: changes.leave(member.id),
        done=done,
    )


def ask_new_keys(
    parent: QWidget,
    room: Room,
    person: PersonView,
    lost: Lost,
    *,
    is_shared: bool,
    has_keyring: bool,
    done: Done,
) -> None:
    """Replace lost keys: by an invitation on a server, on this machine in a file."""
    desk, member = room.desk, person.member

    def invite(_values: Mapping[str, str], _work: Work) -> tuple[str, Invitation]:
        return member.name, desk.inviting.invite_again(member.id)

    def make(values: Mapping[str, str], _work: Work) -> Lost:
        return desk.changes.renew_here(member.id, passphrase=_passphrase(values))

    text = (
        _(
            "You get a text to send to her. Her machine makes new keys, and you compare six words "
            "with her; then her old certificates count no more. What colleagues hold too is "
            "sealed to her new keys when they sign in. Her drafts are lost, and access that was "
            "granted to her has to be asked for anew."
        )
        if is_shared
        else _(
            "New keys are made on this machine, and her old certificates count no more. Let her "
            "choose the passphrase. What colleagues hold too is sealed to her new keys when they "
            "sign in. Her drafts are lost."
        )
    )
    more = lost_in_words(lost.requests, lost.sources)
    ask(
        parent,
        room,
        title=_("New keys for {name}").format(name=member.name),
        text=f"{text} {more}".strip(),
        confirm=_("Make the invitation") if is_shared else _("Make new keys"),
        kind="danger",
        fields=() if is_shared else passphrase_items(is_required=not has_keyring),
        work=invite if is_shared else make,
        done=done,
    )


def _who() -> tuple[FormItem, FormItem]:
    return (
        FormItem("name", _("Name"), is_required=True),
        FormItem("email", _("E-mail address"), is_required=True),
    )


def _roles(on: Collection[Role]) -> tuple[FormItem, ...]:
    return tuple(
        FormItem(
            each.value,
            in_words(ROLES, each.value).capitalize(),
            "check",
            "yes" if each in on else "",
            is_half=True,
        )
        for each in Role
    )


def _chosen(values: Mapping[str, str]) -> frozenset[Role]:
    return frozenset(each for each in Role if values[each.value])


def _newcomer(values: Mapping[str, str], passphrase: Secret | None) -> NewMember:
    name, email = values["name"].strip(), values["email"].strip()
    return NewMember(name, email, _chosen(values), passphrase)


def _passphrase(values: Mapping[str, str]) -> Secret | None:
    phrase = values["passphrase"]
    return Secret(phrase) if phrase else None
