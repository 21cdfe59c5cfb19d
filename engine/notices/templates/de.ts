import type { Language } from './template.ts';

const WON = '{benefit, select, badge {das Abzeichen „{label}“} perk {„{label}“} other {{amount}}}';

export const de: Language = {
  kinds: {
    'referral.signed_up': {
      subject: 'Jemand hat sich über deinen Link angemeldet',
      text: 'Gerade hat sich jemand über deinen Link bei {program} angemeldet. Danke fürs Weitersagen!',
    },
    'referral.qualified': {
      subject: 'Deine {nth, number}. erfolgreiche Empfehlung',
      text:
        'Jemand, den du zu {program} gebracht hast, hat sich gerade qualifiziert. ' +
        '{nth, plural, one {Das ist deine erste erfolgreiche Empfehlung.} other {Damit hast du # ' +
        'erfolgreiche Empfehlungen.}}',
    },
    'reward.granted': {
      subject: `Du hast ${WON} verdient`,
      text:
        `Du hast bei {program} ${WON} verdient. ` +
        '{status, select, held {Noch gilt eine Wartezeit; wir sagen dir Bescheid, sobald du ' +
        'darüber verfügen kannst.} other {Du kannst sofort darüber verfügen.}}',
    },
    'reward.available': {
      subject: 'Jetzt verfügbar: {amount}',
      text: 'Die Wartezeit deiner Prämie bei {program} ist zu Ende. Jetzt verfügbar: {amount}.',
    },
    'reward.reversed': {
      subject: 'Eine Prämie wurde zurückgenommen',
      text:
        'Ein Kauf, für den du bei {program} belohnt wurdest, wurde erstattet. Von deinen Prämien ' +
        'wurde zurückgenommen: {amount}.',
    },
    'reward.restored': {
      subject: 'Eine Prämie ist zurück',
      text:
        'Die Erstattung eines Kaufs, für den du bei {program} belohnt wurdest, wurde rückgängig gemacht. ' +
        'Deinen Prämien wurde wieder gutgeschrieben: {amount}.',
    },
    'redemption.awaiting_approval': {
      subject: 'Deine Auszahlung von {amount} wird geprüft',
      text:
        'Du hast {program} um die Auszahlung von {amount} gebeten. Sie muss erst noch freigegeben ' +
        'werden; wir melden uns, sobald das geschehen ist.',
    },
    'redemption.needs_operator': {
      subject: 'Deine Auszahlung von {amount} dauert etwas länger',
      text:
        'Deine Auszahlung von {amount} bei {program} ließ sich nicht sofort abschließen. Sie ist ' +
        'nicht verloren: Jemand kümmert sich darum.',
    },
    'redemption.settled': {
      subject: 'Deine Auszahlung von {amount} ist erledigt',
      text: '{program} hat dir {amount} ausgezahlt.',
    },
    'redemption.released': {
      subject: 'Deine Auszahlung von {amount} ist nicht zustande gekommen',
      text:
        'Deine Auszahlung von {amount} bei {program} ist nicht zustande gekommen. Der ganze Betrag ' +
        'ist wieder auf deinem Guthaben.',
    },
    'redemption.refused': {
      subject: 'Deine Auszahlung von {amount} war nicht möglich',
      text: '{program} konnte {amount} nicht auszahlen. Dein Guthaben ist unverändert.',
    },
    'badge.issued': {
      subject: 'Dein Abzeichen „{label}“ ist da',
      text:
        '{program} hat dir das Abzeichen „{label}“ ausgestellt. Jeder kann prüfen, dass es echt ' +
        'ist:\n\n{url}',
    },
    'season.prize_awarded': {
      subject: 'Platz {rank, number} in {season}',
      text:
        'Die Saison „{season}“ von {program} ist zu Ende. Du hast Platz {rank, number} erreicht ' +
        `und ${WON} gewonnen. Herzlichen Glückwunsch!`,
    },
    'milestone.reached': {
      subject: 'Meilenstein erreicht: {milestone}',
      text: 'Du hast bei {program} den Meilenstein „{milestone}“ erreicht. Herzlichen Glückwunsch!',
    },
    'level.reached': {
      subject: 'Du bist jetzt {level}',
      text: 'Mit deinen Punkten hast du bei {program} die Stufe „{level}“ erreicht. Herzlichen Glückwunsch!',
    },
    'achievement.earned': {
      subject: 'Erfolg verdient: {achievement}',
      text: 'Du hast dir bei {program} den Erfolg „{achievement}“ verdient. Herzlichen Glückwunsch!',
    },
    'survey.asked': {
      subject: 'Was hältst du von {program}?',
      text:
        'Wir möchten gern wissen, was du von {program} hältst. Es dauert eine Minute, und du ' +
        'kannst deine Antwort später noch ändern:\n\n{url}',
    },
    'survey.reminded': {
      subject: 'Noch kannst du uns deine Meinung sagen',
      text:
        'Vor ein paar Tagen haben wir gefragt, was du von {program} hältst. Deine Antwort ist noch ' +
        'immer willkommen:\n\n{url}',
    },
    'improvement.made': {
      subject: 'Du hast es uns gesagt, wir haben es geändert',
      text:
        'Deine Antwort auf unsere Umfrage hat bei {program} etwas ' +
        'verändert:\n\n{improvement}\n\nDanke, dass du es uns gesagt hast.',
    },
  },
  because: 'Du bekommst diese E-Mail, weil du bei {program} mitmachst.',
  unsubscribe: 'Keine solchen E-Mails mehr: {url}',
  points:
    '{points, number} {name, select, none {{points, plural, one {Punkt} other {Punkte}}} other {{name}}}',
  page: {
    title: 'E-Mails von {program}',
    ask: {
      engagement:
        'Möchtest du von {program} keine E-Mails mehr über Empfehlungen, Prämien, Abzeichen und ' +
        'Umfragen bekommen?',
      service:
        'Möchtest du von {program} keine E-Mails mehr über deine Auszahlungen und zurückgenommene ' +
        'Prämien bekommen?',
    },
    button: 'Abbestellen',
    done: 'Du hast dich abgemeldet. {program} schickt dir keine solchen E-Mails mehr.',
    invalid: 'Dieser Link ist nicht gültig.',
  },
};
