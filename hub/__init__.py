"""Reception: the only room that knows Flask. Three doors (pages, JSON, FHIR), one desk behind them."""
