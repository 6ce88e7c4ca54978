"""scikit-learn's own suite, over every public estimator, with no expected failures."""

import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

from ._common import COMPRESSORS, ESTIMATORS, SELECTORS


# The checks' data are tiny and have ties, constant columns and rare classes on purpose.
@pytest.mark.filterwarnings("ignore::skmi.exceptions.SkmiWarning")
@pytest.mark.filterwarnings("ignore:No features were selected")
@parametrize_with_checks([*ESTIMATORS, *COMPRESSORS, *SELECTORS])
def test_estimator(estimator, check):
    check(estimator)
