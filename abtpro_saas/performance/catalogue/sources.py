"""Where the formulas are from."""

GIPS = "CFA Institute, Global Investment Performance Standards (2020)"
SHARPE = "Sharpe, The Sharpe Ratio, Journal of Portfolio Management 21 (1994)"
SORTINO = (
    "Sortino and Price, Performance Measurement in a Downside Risk Framework, "
    "Journal of Investing 3 (1994)"
)
LO = "Lo, The Statistics of Sharpe Ratios, Financial Analysts Journal 58 (2002)"
PSR = (
    "Bailey and Lopez de Prado, The Sharpe Ratio Efficient Frontier, "
    "Journal of Risk 15 (2012)"
)
CALMAR = "Young, Calmar Ratio: A Smoother Tool, Futures 20 (1991)"
OMEGA = "Keating and Shadwick, A Universal Performance Measure (2002)"
ULCER = "Martin and McCann, The Investor's Guide to Fidelity Funds (1989)"
SERENITY = (
    "KeyQuant, Finding serenity while managing risk, Pensions and Investments (2018)"
)
PAIN = "Becker, Pain Ratio, Zephyr Associates (2006)"
SCHWAGER = "Schwager, Hedge Fund Market Wizards (2012), appendix A"
EXPECTED_SHORTFALL = (
    "Rockafellar and Uryasev, Optimization of Conditional Value-at-Risk, "
    "Journal of Risk 2 (2000)"
)
VALUE_AT_RISK = "Jorion, Value at Risk, 3rd edition (2006), historical simulation"
CDAR = (
    "Chekhlov, Uryasev and Zabarankin, Drawdown Measure in Portfolio Optimization, "
    "International Journal of Theoretical and Applied Finance 8 (2005)"
)
MAGDON = "Magdon-Ismail and Atiya, Maximum Drawdown, Risk 17 (2004)"
MOMENTS = (
    "Joanes and Gill, Comparing Measures of Sample Skewness and Kurtosis, "
    "The Statistician 47 (1998)"
)
JENSEN = "Jensen, The Performance of Mutual Funds, Journal of Finance 23 (1968)"
TREYNOR = (
    "Treynor, How to Rate Management of Investment Funds, Harvard Business Review 43 "
    "(1965)"
)
ACTIVE = "Grinold and Kahn, Active Portfolio Management, 2nd edition (1999)"
BACON = "Bacon, Practical Portfolio Performance Measurement, 2nd edition (2008)"
BOX = "Box and Jenkins, Time Series Analysis (1970), chapter 2"
THARP = "Tharp, Trade Your Way to Financial Freedom, 2nd edition (2006)"
KELLY = (
    "Kelly, A New Interpretation of Information Rate, "
    "Bell System Technical Journal 35 (1956)"
)
SWEENEY = "Sweeney, Maximum Adverse Excursion (1997)"
FAITH = "Faith, Way of the Turtle (2007)"
PARDO = "Pardo, The Evaluation and Optimization of Trading Strategies (2008)"
LEAN = "QuantConnect LEAN, documentation of TradeStatistics"
EMPYRICAL = "empyrical, documentation of its statistics"
OCTOBOT = "OctoBot, report of a backtest"
FREQTRADE = "freqtrade, documentation of backtesting"
BACKTESTING = "backtesting.py, documentation of its statistics"
ACCOUNT = "The record of the run itself"
