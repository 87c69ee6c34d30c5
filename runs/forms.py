"""What people say on the pages of runs: the question of a new one, reasons, and filters."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from django import forms
from django.contrib.auth.models import User
from django.utils import timezone
from django.utils.formats import date_format

from plans.forms import FilterForm
from runs.filters import RunFilter
from runs.models import FailureCode, ObjectiveProfile, Priority, SolveSchedule, State
from runs.models.limits import LEAST_SECONDS, LONGEST_REASON, MOST_DAYS, MOST_GAP_PERCENT, MOST_ITERATIONS, MOST_SECONDS
from runs.models.run import ACTIVE

# ?state= of the run list: how it is called, and which states it means
STATE_CHOICES: dict[str, tuple[str, tuple[State, ...]]] = {
    "active": ("Going on", ACTIVE),
    **{state.value: (state.label, (state,)) for state in State},
}


class NewRunForm(forms.Form):
    """Profile, planned days and limits of one run."""

    profile = forms.ModelChoiceField(
        ObjectiveProfile.objects.all(),
        widget=forms.RadioSelect,
        empty_label=None,
        error_messages={
            "required": "Choose what counts as a good plan.",
            "invalid_choice": "That profile is not there any more.",
        },
    )
    horizon_days = forms.IntegerField(
        label="Days to plan", min_value=1, max_value=MOST_DAYS, initial=14, help_text="Orders that can start within so many days."
    )
    limit_seconds = forms.IntegerField(
        label="Time limit, seconds",
        min_value=LEAST_SECONDS,
        max_value=MOST_SECONDS,
        initial=60,
        help_text="The best plan by then is kept. You can stop sooner.",
    )
    gap_percent = forms.FloatField(
        label="Good enough at, %",
        min_value=0,
        max_value=MOST_GAP_PERCENT,
        initial=0,
        help_text="Ends when at most so much better is possible. 0: only the best.",
    )
    iterations = forms.IntegerField(
        required=False,
        min_value=1,
        max_value=MOST_ITERATIONS,
        help_text="So many steps give the same plan whenever they are asked for again. Empty: search until the time is up.",
    )
    priority = forms.ChoiceField(
        choices=[(Priority.NORMAL.value, "Normal"), (Priority.URGENT.value, "Urgent")],
        initial=Priority.NORMAL,
        required=False,
        widget=forms.RadioSelect,
        help_text="An urgent run overtakes all others that wait; what is being solved goes on.",
    )
    fresh = forms.BooleanField(
        label="Solve even if the same question has been answered",
        required=False,
        help_text="Otherwise the earlier answer is shown.",
    )

    def clean_priority(self) -> Priority:
        return Priority(int(self.cleaned_data["priority"] or Priority.NORMAL))


class ReasonForm(forms.Form):
    """Why somebody stops, cancels or repeats runs: for the history, so that nobody has to guess."""

    reason = forms.CharField(
        label="Reason",
        required=False,
        max_length=LONGEST_REASON,
        help_text="Optional. It stands in the run's history with your name.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class AgainForm(ReasonForm):
    """A question asked again: as it was, or over the data of now, and with more time if that is wanted."""

    inputs = forms.ChoiceField(
        label="Data",
        choices=[("then", "As it was for this run"), ("now", "As it is now")],
        initial="then",
        required=False,
        widget=forms.RadioSelect,
    )

    limit_seconds = forms.IntegerField(
        label="Time limit, seconds",
        required=False,
        min_value=LEAST_SECONDS,
        max_value=MOST_SECONDS,
        help_text="Empty: as long as this run had.",
    )

    def clean_inputs(self) -> str:
        return self.cleaned_data["inputs"] or "then"


class RunFilterForm(FilterForm):
    """The filter of the run list, as it stands in the URL."""

    state = forms.ChoiceField(choices=[(value, label) for value, (label, _states) in STATE_CHOICES.items()], required=False)
    profile = forms.ModelChoiceField(ObjectiveProfile.objects.all(), required=False, empty_label="Any profile")
    schedule = forms.ModelChoiceField(SolveSchedule.objects.all(), required=False, empty_label="Any schedule")
    person = forms.ModelChoiceField(
        User.objects.filter(runs__isnull=False).distinct().order_by("username"),
        label="Asked by",
        required=False,
        empty_label="Anybody",
    )
    since = forms.DateField(label="From", required=False, widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(label="To", required=False, widget=forms.DateInput(attrs={"type": "date"}))
    failure = forms.ChoiceField(choices=[("", "Any failure"), *FailureCode.choices], required=False)

    @property
    def narrows(self) -> bool:
        """Whether anything but the state is chosen."""
        return any(self.data.get(name) for name in self.fields if name != "state")

    def chosen(self) -> RunFilter:
        """The filter; only for a form that is valid. The days are the plant's, `until` included."""
        said = self.cleaned_data
        return RunFilter(
            states=STATE_CHOICES[said["state"]][1] if said["state"] else (),
            profile_id=said["profile"] and said["profile"].pk,
            schedule_id=said["schedule"] and said["schedule"].pk,
            person_id=said["person"] and said["person"].pk,
            since=_midnight(said["since"]),
            until=_midnight(said["until"] and _day_after(said["until"])),
            failure_code=FailureCode(said["failure"]) if said["failure"] else None,
        )

    def words(self) -> str:
        """What is chosen, for people: “queued, asked by petra”."""
        said = self.cleaned_data
        parts = [
            STATE_CHOICES[said["state"]][0].lower() if said["state"] else "",
            f"profile “{said['profile']}”" if said["profile"] else "",
            f"schedule “{said['schedule']}”" if said["schedule"] else "",
            f"asked by {said['person']}" if said["person"] else "",
            f"from {date_format(said['since'], 'D j M')}" if said["since"] else "",
            f"to {date_format(said['until'], 'D j M')}" if said["until"] else "",
            f"failed by: {FailureCode(said['failure']).label.lower()}" if said["failure"] else "",
        ]
        return ", ".join(filter(None, parts)) or "all"


def _day_after(day: date) -> date:
    """The calendar ends with the year 9999."""
    return min(day, date.max - timedelta(days=1)) + timedelta(days=1)


def _midnight(day: date | None) -> datetime | None:
    """Where the day begins in the plant."""
    return None if day is None else timezone.make_aware(datetime.combine(day, time.min))
