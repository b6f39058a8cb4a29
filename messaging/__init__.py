"""The post room: what practices write to one another about a patient, until somebody there has it in hand."""
