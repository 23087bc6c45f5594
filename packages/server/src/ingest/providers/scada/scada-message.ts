import Type, { type Static } from 'typebox';
import {
  instant,
  MAX_IDENTIFIER,
  MAX_LONG_IDENTIFIER,
  MAX_TEXT,
  optionalDegrees,
  optionalPlace,
  optionalText,
  requiredNumber,
  requiredText,
} from '../../reading/field-types.ts';

/** One alarm of a substation's control system, as SCADA sends it; fields that are not named here are kept unread. */
export const ScadaMessage = Type.Object({
  eventType: requiredText(MAX_IDENTIFIER, 'What happened, such as MV_AlarmLossOfVoltage or breaker_trip'),
  substationId: requiredText(MAX_IDENTIFIER, "The substation's own code"),
  feederId: optionalText(MAX_IDENTIFIER, "The feeder's own code; empty for an alarm of the whole substation"),
  mainStationId: requiredText(MAX_IDENTIFIER, "The main station's own code"),
  alarmType: requiredText(MAX_IDENTIFIER, 'What the alarm says, such as De-energized or voltage_restored'),
  timestamp: instant('When it happened'),
  voltage: requiredNumber('As sent: volts or kilovolts'),
  severity: optionalText(MAX_IDENTIFIER, 'In any case; it decides nothing'),
  reason: optionalText(MAX_TEXT, 'Such as Transformer Fault'),
  coordinates: optionalPlace('Where'),
  latitude: optionalDegrees(90, 'Where, written flat'),
  longitude: optionalDegrees(180, 'Where, written flat'),
  source: optionalText(MAX_LONG_IDENTIFIER, 'Which system sent it'),
});
export type ScadaMessage = Static<typeof ScadaMessage>;
