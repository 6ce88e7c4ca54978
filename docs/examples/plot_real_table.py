"""
A table, from all columns to the few that count
===============================================

Which chemical measurements tell the three growers of a wine apart, which of them say the same, and which are worth
measuring together?
"""

# %%
# One column at a time, with error bars. Several columns score high, but that does not mean that all are needed.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_wine

from skmi.feature_selection import MIMatrixDisplay, MIScoresDisplay, MutualInfoSelector
from skmi.uncertainty import interaction_information

X, y = load_wine(return_X_y=True, as_frame=True)
X = X.rename(columns={"od280/od315_of_diluted_wines": "od280/od315"})
grower = y.map({0: "A", 1: "B", 2: "C"})
MIScoresDisplay.from_data(X, grower)
plt.show()

# %%
# All pairs: columns that tell much of one another stand side by side. Phenols, flavanoids and the dilution ratio are
# one group.

MIMatrixDisplay.from_data(X.assign(grower=grower))
plt.show()

# %%
# What does each column add to those before it? The selector leaves out what repeats them, and stops where a test finds
# nothing more.

selector = MutualInfoSelector(random_state=0).fit(X, grower)
names = X.columns[selector.selected_]
figure, axes = plt.subplots(figsize=(6, 2.8), layout="constrained")
alone = selector.relevance_[selector.selected_]
positions = np.arange(len(names))
axes.barh(positions, alone, color="0.85", label="alone")
axes.barh(positions, selector.gains_, height=0.5, label="added to those above")
axes.set(
    yticks=positions,
    yticklabels=names,
    xlabel="mutual information with the grower, nats",
)
axes.invert_yaxis()
axes.legend(frameon=False, loc="lower left", bbox_to_anchor=(0, 1), ncols=2)
plt.show()
print(
    ", ".join(
        f"{name}: p = {p:.1g}"
        for name, p in zip([*names, "the next"], selector.pvalues_, strict=False)
    )
)

# %%
# Do the first two say the same, or more together than apart? Negative values are what both say.

found = interaction_information(X[names[0]], X[names[1]], grower, random_state=0)
print(f"{names[0]} and {names[1]}: {found}")
