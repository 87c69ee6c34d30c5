"""What a planner says when asking for a run."""

from __future__ import annotations

from django import forms

from runs.models import ObjectiveProfile
from runs.models.limits import MOST_DAYS


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
        min_value=2,
        max_value=3600,
        initial=60,
        help_text="The best plan by then is kept. You can stop sooner.",
    )
    gap_percent = forms.FloatField(
        label="Good enough at, %",
        min_value=0,
        max_value=50,
        initial=0,
        help_text="Ends when at most so much better is possible. 0: only the best.",
    )
    fresh = forms.BooleanField(
        label="Solve even if the same question has been answered",
        required=False,
        help_text="Otherwise the earlier answer is shown.",
    )
