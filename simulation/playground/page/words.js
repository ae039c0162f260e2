// What the client itself says, in the language of the member; the bot's own words come from the bot.

const WORDS = {
  en: {
    onlyYou: "Only you can see this", dismiss: "Dismiss message", thinking: "{name} is thinking…", edited: "(edited)", app: "APP",
    used: "{name} used {command}", failed: "This interaction failed", silent: "The application did not respond", sending: "Sending command…",
    cancel: "Cancel", submit: "Submit", close: "Close", required: "required", chooseOne: "Choose an option", least: "Choose at least {count}.",
    formNote: "This form goes to {name}. Do not share passwords or other sensitive information.", wrong: "Something went wrong. Try again.",
    message: "Message {place}", noWriting: "You cannot write here.", addReaction: "Add reaction", apps: "Apps", members: "Members", channels: "Channels",
    direct: "Direct messages", today: "Today at {time}", replying: "Reply to {name}", chooseFile: "Choose a file", noFile: "No file chosen", left: "{count} characters left",
    missing: "This field is required.", short: "At least {count} characters.", download: "Save {name}", optional: "Options", start: "This is the beginning of {place}.", picture: "Picture from elsewhere; nothing is loaded from outside this machine.", pickMember: "Act as {name}", yes: "True", no: "False", noCommands: "No commands here", otherEmoji: "Another emoji", offline: "Connection lost; trying again…",
  },
  de: {
    onlyYou: "Nur du kannst das sehen", dismiss: "Nachricht verwerfen", thinking: "{name} denkt nach …", edited: "(bearbeitet)", app: "APP",
    used: "{name} hat {command} benutzt", failed: "Diese Interaktion ist fehlgeschlagen", silent: "Die Anwendung reagiert nicht", sending: "Befehl wird gesendet …",
    cancel: "Abbrechen", submit: "Absenden", close: "Schließen", required: "erforderlich", chooseOne: "Wähle eine Option", least: "Wähle mindestens {count} aus.",
    formNote: "Dieses Formular geht an {name}. Gib keine Passwörter oder anderen vertraulichen Daten an.", wrong: "Etwas ist schiefgelaufen. Versuche es noch einmal.",
    message: "Nachricht an {place}", noWriting: "Hier kannst du nicht schreiben.", addReaction: "Reaktion hinzufügen", apps: "Apps", members: "Mitglieder", channels: "Kanäle",
    direct: "Direktnachrichten", today: "Heute um {time}", replying: "Antwort auf {name}", chooseFile: "Datei auswählen", noFile: "Keine Datei ausgewählt", left: "noch {count} Zeichen",
    missing: "Dieses Feld ist erforderlich.", short: "Mindestens {count} Zeichen.", download: "{name} speichern", optional: "Optionen", start: "Hier beginnt {place}.", picture: "Bild von anderswo; von außerhalb dieses Rechners wird nichts geladen.", pickMember: "Als {name} handeln", yes: "Wahr", no: "Falsch", noCommands: "Keine Befehle hier", otherEmoji: "Ein anderes Emoji", offline: "Verbindung verloren; neuer Versuch …",
  },
  es: {
    onlyYou: "Solo tú puedes ver esto", dismiss: "Descartar mensaje", thinking: "{name} está pensando…", edited: "(editado)", used: "{name} ha usado {command}", failed: "Esta interacción ha fallado",
    silent: "La aplicación no ha respondido", sending: "Enviando comando…", cancel: "Cancelar", submit: "Enviar", close: "Cerrar", required: "obligatorio", chooseOne: "Elige una opción", least: "Elige al menos {count}.",
    formNote: "Este formulario se enviará a {name}. No compartas contraseñas ni otra información sensible.", wrong: "Algo ha salido mal. Inténtalo de nuevo.", message: "Mensaje a {place}", noWriting: "No puedes escribir aquí.",
    addReaction: "Añadir reacción", members: "Miembros", channels: "Canales", direct: "Mensajes directos", today: "Hoy a las {time}", replying: "Respuesta a {name}", chooseFile: "Elegir un archivo", noFile: "Ningún archivo elegido",
    left: "quedan {count} caracteres", missing: "Este campo es obligatorio.", short: "Al menos {count} caracteres.", download: "Guardar {name}", optional: "Opciones", start: "Aquí empieza {place}.", yes: "Verdadero", no: "Falso",
  },
  fr: {
    onlyYou: "Toi seul peux voir ceci", dismiss: "Ignorer le message", thinking: "{name} réfléchit…", edited: "(modifié)", used: "{name} a utilisé {command}", failed: "Échec de l’interaction",
    silent: "L’application ne répond pas", sending: "Envoi de la commande…", cancel: "Annuler", submit: "Envoyer", close: "Fermer", required: "obligatoire", chooseOne: "Choisis une option", least: "Choisis-en au moins {count}.",
    formNote: "Ce formulaire sera envoyé à {name}. Ne partage ni mots de passe ni autres informations sensibles.", wrong: "Une erreur s’est produite. Réessaie.", message: "Envoyer un message dans {place}", noWriting: "Tu ne peux pas écrire ici.",
    addReaction: "Ajouter une réaction", members: "Membres", channels: "Salons", direct: "Messages privés", today: "Aujourd’hui à {time}", replying: "Réponse à {name}", chooseFile: "Choisir un fichier", noFile: "Aucun fichier choisi",
    left: "{count} caractères restants", missing: "Ce champ est obligatoire.", short: "Au moins {count} caractères.", download: "Enregistrer {name}", optional: "Options", start: "C’est le début de {place}.", yes: "Vrai", no: "Faux",
  },
  pt: {
    onlyYou: "Só você pode ver esta mensagem", dismiss: "Ignorar mensagem", thinking: "{name} está pensando…", edited: "(editado)", used: "{name} usou {command}", failed: "Esta interação falhou",
    silent: "O aplicativo não respondeu", sending: "Enviando comando…", cancel: "Cancelar", submit: "Enviar", close: "Fechar", required: "obrigatório", chooseOne: "Escolha uma opção", least: "Escolha pelo menos {count}.",
    formNote: "Este formulário será enviado para {name}. Não compartilhe senhas nem outras informações confidenciais.", wrong: "Algo deu errado. Tente de novo.", message: "Conversar em {place}", noWriting: "Você não pode escrever aqui.",
    addReaction: "Adicionar reação", members: "Membros", channels: "Canais", direct: "Mensagens diretas", today: "Hoje às {time}", replying: "Resposta a {name}", chooseFile: "Escolher um arquivo", noFile: "Nenhum arquivo escolhido",
    left: "restam {count} caracteres", missing: "Este campo é obrigatório.", short: "Pelo menos {count} caracteres.", download: "Salvar {name}", optional: "Opções", start: "Aqui começa {place}.", yes: "Verdadeiro", no: "Falso",
  },
  ru: {
    onlyYou: "Это видно только вам", dismiss: "Скрыть сообщение", thinking: "{name} думает…", edited: "(изменено)", used: "{name} использует {command}", failed: "Ошибка взаимодействия",
    silent: "Приложение не отвечает", sending: "Команда отправляется…", cancel: "Отмена", submit: "Отправить", close: "Закрыть", required: "обязательно", chooseOne: "Выберите вариант", least: "Выберите не меньше {count}.",
    formNote: "Эта форма будет отправлена приложению {name}. Не сообщайте пароли и другие конфиденциальные данные.", wrong: "Что-то пошло не так. Попробуйте ещё раз.", message: "Написать в {place}", noWriting: "Здесь вы не можете писать.",
    addReaction: "Добавить реакцию", members: "Участники", channels: "Каналы", direct: "Личные сообщения", today: "Сегодня в {time}", replying: "Ответ {name}", chooseFile: "Выбрать файл", noFile: "Файл не выбран",
    left: "осталось символов: {count}", missing: "Это поле обязательно.", short: "Не меньше символов: {count}.", download: "Сохранить {name}", optional: "Параметры", start: "Это начало {place}.", yes: "Да", no: "Нет",
  },
  zh: {
    onlyYou: "只有您能看到这条消息", dismiss: "关闭消息", thinking: "{name} 正在思考…", edited: "（已编辑）", used: "{name} 使用了 {command}", failed: "此交互失败", silent: "该应用未响应", sending: "正在发送命令…",
    cancel: "取消", submit: "提交", close: "关闭", required: "必填", chooseOne: "请选择", least: "请至少选择 {count} 项。", formNote: "此表单将提交给 {name}。请勿填写密码或其他敏感信息。", wrong: "出了点问题，请重试。",
    message: "发送消息至 {place}", noWriting: "您不能在此发言。", addReaction: "添加反应", members: "成员", channels: "频道", direct: "私信", today: "今天 {time}", replying: "回复 {name}", chooseFile: "选择文件", noFile: "未选择文件",
    left: "还可输入 {count} 个字符", missing: "此项必填。", short: "至少 {count} 个字符。", download: "保存 {name}", optional: "选项", start: "{place} 从这里开始。", yes: "是", no: "否",
  },
  ja: {
    onlyYou: "これはあなただけに表示されています", dismiss: "メッセージを閉じる", thinking: "{name} が考え中…", edited: "（編集済）", used: "{name} が {command} を使用しました", failed: "インタラクションに失敗しました", silent: "アプリケーションが応答しませんでした", sending: "コマンドを送信中…",
    cancel: "キャンセル", submit: "送信", close: "閉じる", required: "必須", chooseOne: "選択してください", least: "{count} 個以上選んでください。", formNote: "このフォームは {name} に送信されます。パスワードなどの機密情報は入力しないでください。", wrong: "問題が発生しました。もう一度お試しください。",
    message: "{place} へメッセージを送信", noWriting: "ここには書き込めません。", addReaction: "リアクションを付ける", members: "メンバー", channels: "チャンネル", direct: "ダイレクトメッセージ", today: "今日 {time}", replying: "{name} への返信", chooseFile: "ファイルを選択", noFile: "ファイルが選択されていません",
    left: "残り {count} 文字", missing: "この項目は必須です。", short: "{count} 文字以上で入力してください。", download: "{name} を保存", optional: "オプション", start: "ここが {place} の始まりです。", yes: "はい", no: "いいえ",
  },
};

/** A function that gives the words for a key in a language, with `{facts}` put in; English where there are none. */
export function wordsIn(locale) {
  const own = WORDS[locale.split("-")[0]] ?? WORDS.en;
  return (key, facts = {}) => {
    const words = own[key] ?? WORDS.en[key];
    return words.replace(/\{(\w+)\}/g, (_, name) => facts[name]);
  };
}
